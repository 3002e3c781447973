"""spaCy's own pre-training: the shipped config, by spaCy's command, and what goes on from its files."""

import json
import warnings
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.training.pretrain import create_pretraining_model, make_update
from spacy.util import load_config, load_model_from_config, registry
from thinc.api import Adam, Config, Model, warmup_linear
from torch import Tensor
from transformers import AutoModelForMaskedLM
from typer.testing import CliRunner

from spacy_bert_ext.encoder.shim import encoder_shim_of
from spacy_bert_ext.heads.model import head_module_of
from spacy_bert_ext.interop.spacy_pretrain import ScheduleSteps, create_pretrain_mlm_v1, masked_loss
from spacy_bert_ext.runtime.torch_shim import torch_shim_of
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.annotated import make_examples
from tests.cli.runner import app
from tests.cli.runner import run as run_bert
from tests.coded import raises_code
from tests.pipeline.pipelines import encoder_config
from tests.tiny import TEXT, without_dropout

SHIPPED = Path(__file__).parents[2] / "docs" / "guides" / "spacy_pretrain.cfg"
LINES = [line for line in TEXT.splitlines() if line] * 2


@pytest.fixture
def raw_text(tmp_path: Path) -> Path:
    path = tmp_path / "raw.jsonl"
    path.write_text("".join(json.dumps({"text": line}) + "\n" for line in LINES[:20]), encoding="utf8")
    return path


def make_config(folder: str, tmp_path: Path, raw_text: Path, **changes: Any) -> Path:
    """The shipped config, completed, for a small encoder."""
    code, output = run_bert("fill-config", SHIPPED, tmp_path / "config.cfg")
    assert code == 0, output
    config = Config().from_disk(tmp_path / "config.cfg", interpolate=False)
    config["paths"].update(encoder=folder, raw_text=str(raw_text))
    config["components"]["bert_encoder"].update(encoder_config("${paths.encoder}"))
    config["components"]["bert_encoder"]["model"]["@architectures"] = "spacy-bert-ext.BertEncoder.v1"
    config["pretraining"]["batcher"].update(max_batch_pieces=256, window_pieces=128)
    config["corpora"]["pretrain"]["window_pieces"] = 128
    config["training"].update(max_steps=2, eval_frequency=1)
    config["pretraining"]["optimizer"]["schedule"]["warmup"] = 3
    config["pretraining"].update(changes)
    config.to_disk(tmp_path / "config.cfg")
    return tmp_path / "config.cfg"


def run_spacy(*arguments: object) -> str:
    result = CliRunner().invoke(app, [*map(str, arguments)])
    assert result.exit_code == 0, result.output
    return result.output


def weights_of_encoder(nlp: Language) -> dict[str, Tensor]:
    return nlp.get_pipe("bert_encoder").shim.loaded_module.state_dict()


def initialized(config: Path, **overrides: object) -> Language:
    nlp = load_model_from_config(load_config(config, overrides=overrides, interpolate=True), auto_fill=True)
    nlp.initialize(lambda: make_examples(nlp))
    return nlp


@pytest.fixture
def objective(roberta_folder: str) -> Model:
    return make_objective(roberta_folder)


def make_objective(folder: str, **settings: object) -> Model:
    nlp = spacy.blank("en")
    encoder = nlp.add_pipe("bert_encoder", config=encoder_config(folder)).model
    encoder.initialize()
    model = create_pretrain_mlm_v1(**settings)(nlp.vocab, encoder)
    model.initialize()
    return model


def docs_of(model: Model) -> list:
    nlp = spacy.blank("en")
    return [nlp.make_doc(line) for line in LINES[:6]]


@pytest.mark.skipif(not SHIPPED.exists(), reason="docs are in a checkout only")
def test_spacy_pretrains_by_the_shipped_config_and_training_goes_on_with_it(
    roberta_folder: str, tmp_path: Path, raw_text: Path
) -> None:
    config = make_config(roberta_folder, tmp_path, raw_text)
    run_spacy("pretrain", config, tmp_path / "out")
    names = {path.name for path in (tmp_path / "out").iterdir()}
    assert names == {"config.cfg", "log.jsonl", "model0.bin", "model1.bin", "model2.bin", "model-last.bin"}
    losses = [json.loads(line)["epoch_loss"] for line in (tmp_path / "out" / "log.jsonl").read_text().splitlines()]
    assert min(losses[:3]) > 0 and losses[3] == 0.0  # the last line is of no epoch
    before = weights_of_encoder(initialized(config))
    nlp = initialized(config, **{"paths.init_tok2vec": str(tmp_path / "out" / "model2.bin")})
    after = weights_of_encoder(nlp)
    assert before.keys() == after.keys()
    assert not any(torch.equal(before[name], after[name]) for name in before if name.startswith("encoder.layer"))
    corpus = tmp_path / "corpus.spacy"
    DocBin(docs=[eg.reference for eg in make_examples(nlp)]).to_disk(corpus)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)  # none that heads were trained with another encoder
        run_spacy(
            *("train", config, "--output", tmp_path / "trained", "--paths.train", corpus, "--paths.dev", corpus),
            *("--paths.init_tok2vec", tmp_path / "out" / "model2.bin"),
        )
    assert spacy.load(tmp_path / "trained" / "model-last").pipe_names == ["bert_encoder", "bert_ner"]
    resumed = ["--resume-path", tmp_path / "out" / "model1.bin"]
    run_spacy("pretrain", config, tmp_path / "again", *resumed)
    assert not (tmp_path / "again" / "model1.bin").exists() and (tmp_path / "again" / "model2.bin").exists()


@pytest.mark.skipif(not SHIPPED.exists(), reason="docs are in a checkout only")
@pytest.mark.parametrize("averages", [True, False])
def test_spacy_saves_with_its_own_optimizer(bert_folder: str, tmp_path: Path, raw_text: Path, averages: bool) -> None:
    optimizer = {"@optimizers": "Adam.v1", "learn_rate": 0.001, "use_averages": averages}
    config = make_config(bert_folder, tmp_path, raw_text, optimizer=optimizer, max_epochs=1)
    run_spacy("pretrain", config, tmp_path / "out")
    assert (tmp_path / "out" / "model0.bin").exists()


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert"])
def test_the_loss_is_that_of_transformers(checkpoints: dict[str, str], kind: str) -> None:
    model = make_objective(checkpoints[kind])
    without_dropout(model.get_ref("encoder"))
    head_module_of(model.layers[0]).eval()
    docs = docs_of(model)
    torch.manual_seed(1)
    predictions, _ = model(docs, False)
    value, (gradients,) = masked_loss(model.ops, docs, predictions)
    targets = torch.from_numpy(predictions.targets)
    expected = torch.nn.functional.cross_entropy(predictions.logits[: len(targets)], targets)
    assert value == pytest.approx(float(expected), abs=1e-5)
    assert gradients.shape == predictions.logits.shape
    n_pieces = AutoModelForMaskedLM.from_pretrained(checkpoints[kind]).config.vocab_size
    assert predictions.logits.shape[1] == n_pieces
    assert 0 < len(predictions.targets) < sum(map(len, docs))


def test_masks_are_new_in_each_step_and_the_same_from_one_seed(objective: Model) -> None:
    docs, targets = docs_of(objective), []
    for seed in (1, 2, 1):
        torch.manual_seed(seed)
        targets.append(objective.predict(docs).targets)
    assert not np.array_equal(targets[0], targets[1])
    assert np.array_equal(targets[0], targets[2])


def test_encoder_and_head_learn(objective: Model) -> None:
    optimizer, docs = create_adamw_v1(encoder_learn_rate=1e-3, head_learn_rate=1e-3), docs_of(objective)
    losses = [make_update(objective, docs, optimizer, masked_loss) for _ in range(60)]
    assert np.mean(losses[-10:]) < 0.9 * np.mean(losses[:10])
    assert not encoder_shim_of(objective.get_ref("encoder")).held_steps  # the checkpoint has a head


def test_a_new_head_learns_alone_at_first_also_when_weights_are_resumed(bert_folder: str) -> None:
    model = make_objective(bert_folder, head_steps=2)
    encoder = model.get_ref("encoder")
    optimizer, docs = create_adamw_v1(), docs_of(model)
    for _ in range(2):
        encoder.from_bytes(encoder.to_bytes())
        checksums = []
        for _ in range(3):
            make_update(model, docs, optimizer, masked_loss)
            checksums.append([torch_shim_of(node).weights_checksum() for node in (encoder, model.layers[0])])
        assert checksums[0][0] == checksums[1][0] != checksums[2][0]
        assert checksums[0][1] != checksums[1][1] != checksums[2][1]


def test_a_batch_in_which_nothing_is_masked_changes_nothing(objective: Model) -> None:
    docs = [spacy.blank("en").make_doc("")]
    assert make_update(objective, docs, create_adamw_v1(), masked_loss) == 0.0


@pytest.mark.parametrize("kind", ["adamw", "adam"])
def test_schedules_are_stepped_though_spacy_does_not_step_them(objective: Model, kind: str) -> None:
    rates = warmup_linear(0.1, 4, 100)
    optimizer = create_adamw_v1(0.1, 0.1, schedule=(r / 0.1 for r in rates)) if kind == "adamw" else Adam(rates)
    docs, found = docs_of(objective), []
    for _ in range(5):
        make_update(objective, docs, optimizer, masked_loss)
        found.append(optimizer.learn_rate)
    assert found == pytest.approx([0.0, 0.025, 0.05, 0.075, 0.1])


def test_the_schedule_is_stepped_between_steps() -> None:
    steps, optimizer = ScheduleSteps(), Adam(iter([1.0, 2.0, 3.0]))
    found = []
    for _ in range(3):
        steps.finish_update(optimizer)
        found.append(optimizer.learn_rate)
    assert found == [1.0, 2.0, 3.0]


def test_a_head_of_spacy_with_an_encoder_of_its_own(bert_folder: str) -> None:
    own = {"@architectures": "spacy-bert-ext.BertEncoder.v1", **encoder_config(bert_folder)["model"]}
    layer = {"@architectures": "spacy-bert-ext.Tok2VecListener.v1", "encoder": own}
    tok2vec = registry.resolve({"model": layer})["model"]
    tok2vec.initialize()
    model = create_pretrain_mlm_v1(head_steps=0)(spacy.blank("en").vocab, tok2vec)
    model.initialize()
    assert model.get_ref("tok2vec") is tok2vec
    before = torch_shim_of(model.get_ref("encoder")).weights_checksum()
    make_update(model, docs_of(model), create_adamw_v1(), masked_loss)
    with model.use_params(None):
        tok2vec.from_bytes(tok2vec.to_bytes())
    assert torch_shim_of(model.get_ref("encoder")).weights_checksum() != before


def test_a_layer_that_listens_is_refused(bert_folder: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(bert_folder))
    tagger = nlp.add_pipe(
        "tagger",
        config={"model": {"tok2vec": {"@architectures": "spacy-bert-ext.Tok2VecListener.v1"}}},
    )
    nlp.config["pretraining"] = {}
    settings = {
        "component": "tagger",
        "layer": "tok2vec",
        "dropout": 0.0,
        "objective": create_pretrain_mlm_v1(),
    }
    assert tagger.model.get_ref("tok2vec")
    with raises_code("B474", match='"bert_encoder"'):
        create_pretraining_model(nlp, settings)


@pytest.mark.parametrize(
    ("settings", "code"),
    [
        ({"mask_share": 0.0}, "B012"),
        ({"mask_by": "word"}, "B010"),
        ({"masked": 1.5}, "B012"),
        ({"random": 0.3}, "B012"),
        ({"head_steps": -1}, "B012"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict[str, Any], code: str) -> None:
    with raises_code(code):
        create_pretrain_mlm_v1(**settings)
