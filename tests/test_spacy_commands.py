"""spaCy's own commands on a config of `spacy bert init-config`, and on the pipeline that it trains."""

from pathlib import Path

import pytest
import spacy
from spacy.cli._util import app
from spacy.language import Language
from spacy.tokens import DocBin
from spacy.util import load_config, load_model_from_config, registry
from typer.testing import CliRunner

from spacy_bert_ext.cli.configs.tasks import make_config
from spacy_bert_ext.training.optimizer import AdamW
from tests.annotated import make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import weights_of

PIPES = ("bert_encoder", "bert_ner", "bert_textcat")


def run(*arguments: object) -> str:
    registry.cli.get_all()
    result = CliRunner().invoke(app, [str(argument) for argument in arguments])
    assert result.exit_code == 0, (arguments, result.output, result.exception)
    return " ".join(result.output.split())


@pytest.fixture(scope="module")
def folder(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a config, a corpus, and a pipeline trained for two steps."""
    path = tmp_path_factory.mktemp("project")
    examples = make_examples(spacy.blank("en"))
    DocBin(docs=[eg.reference for eg in examples] * 34).to_disk(path / "train.spacy")
    DocBin(docs=[eg.reference for eg in examples]).to_disk(path / "dev.spacy")
    text = make_config(["bert_ner", "bert_textcat"], bert_folder, "en").replace(
        "window_pieces = 256", "window_pieces = 128"
    )
    for name in ("train", "dev"):
        text = text.replace(f"{name} = null", f'{name} = "{path}/{name}.spacy"', 1)
    text = text.replace("max_steps = 1000", "max_steps = 1").replace("eval_frequency = 100", "eval_frequency = 2")
    (path / "config.cfg").write_text(text, encoding="utf8")
    run("train", path / "config.cfg", "-o", path / "out")
    return path


@pytest.fixture
def pipeline(folder: Path) -> Path:
    return folder / "out" / "model-last"


def unresolved(folder: Path) -> Language:
    """As `spacy debug data` makes it."""
    return load_model_from_config(load_config(folder / "config.cfg", interpolate=False))


def test_debug_data_and_debug_config(folder: Path) -> None:
    output = run("debug", "data", folder / "config.cfg")
    assert "Pipeline can be initialized with data" in output and "Training pipeline: bert_encoder, bert_ner" in output
    run("debug", "config", folder / "config.cfg", "--show-functions", "--show-variables")


@pytest.mark.parametrize("name", PIPES)
def test_debug_model(folder: Path, name: str) -> None:
    output = run("debug", "model", folder / "config.cfg", name, "-P0", "-P1", "-P2", "-P3", "-DIM", "-PAR", "-ATTR")
    assert "ended analysis - model looks good" in output


def test_init_fill_config_diff_config_and_labels(folder: Path, tmp_path: Path) -> None:
    run("init", "fill-config", folder / "config.cfg", tmp_path / "filled.cfg")
    filled, config = load_config(tmp_path / "filled.cfg"), load_config(folder / "config.cfg")
    assert {name: block for name, block in filled.items() if name != "paths"}.items() >= {
        name: config[name] for name in ("nlp", "components", "corpora")
    }.items()
    run("debug", "diff-config", folder / "config.cfg")
    run("init", "labels", folder / "config.cfg", tmp_path / "labels")
    assert sorted(path.name for path in (tmp_path / "labels").iterdir()) == ["bert_ner.json", "bert_textcat.json"]


def test_commands_on_a_pipeline(folder: Path, pipeline: Path, tmp_path: Path) -> None:
    dev = folder / "dev.spacy"
    assert "bert_ner" in run("info", pipeline)
    run("evaluate", pipeline, dev, "--output", tmp_path / "scores.json")
    run("benchmark", "accuracy", pipeline, dev)
    run("apply", pipeline, dev, tmp_path / "applied.spacy")
    (doc, *_) = DocBin().from_disk(tmp_path / "applied.spacy").get_docs(spacy.blank("en").vocab)
    assert set(doc.cats) == {"news", "sport", "order"}
    run("find-threshold", pipeline, dev, "bert_ner", "min_score", "ents_f", "--n_trials", 2)
    run("package", pipeline, tmp_path, "--build", "none")
    assert list(tmp_path.glob("*/*/*/bert_encoder/model.safetensors"))


def test_assemble(pipeline: Path, tmp_path: Path) -> None:
    blocks = "".join(f'[components.{name}]\nsource = "{pipeline}"\n' for name in PIPES)
    text = '[nlp]\nlang = "en"\npipeline = ["bert_encoder", "bert_ner", "bert_textcat"]\n[components]\n' + blocks
    (tmp_path / "assemble.cfg").write_text(text)
    run("assemble", tmp_path / "assemble.cfg", tmp_path / "assembled")
    assert spacy.load(tmp_path / "assembled")("order two pizzas").cats == spacy.load(pipeline)("order two pizzas").cats


def test_a_config_is_initialized_and_trained_in_python(folder: Path) -> None:
    nlp = unresolved(folder)
    assert isinstance(nlp.create_optimizer(), AdamW)
    examples = make_examples(nlp)
    optimizer = nlp.initialize(lambda: examples)
    before = nlp.update(examples, sgd=optimizer)
    for _ in range(5):
        after = nlp.update(examples, sgd=optimizer)
    assert optimizer.factor == 1.0 and sum(after.values()) < sum(before.values())


def test_a_trained_pipeline_goes_on_in_python(pipeline: Path) -> None:
    nlp = spacy.load(pipeline)
    encoder = nlp.get_pipe("bert_encoder").shim
    before = weights_of(encoder.module)
    examples = make_examples(nlp)
    optimizer = nlp.resume_training()
    losses = [sum(nlp.update(examples, sgd=optimizer).values()) for _ in range(6)]
    assert losses[-1] < losses[0]
    assert any(not before[name].equal(weight) for name, weight in encoder.module.named_parameters())


def test_initialization_of_a_trained_pipeline_whose_checkpoint_is_gone_says_how_to_go_on(pipeline: Path) -> None:
    nlp = spacy.load(pipeline)
    before = nlp("order two pizzas").cats
    with raises_code("B230", match=r"B001.*nlp\.resume_training"):
        nlp.initialize(lambda: make_examples(nlp))
    assert nlp("order two pizzas").cats == before
    nlp.resume_training()
