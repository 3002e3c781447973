"""What a pre-training leaves: whole checkpoints, which transformers and our encoder open."""

import errno
from pathlib import Path
from typing import Any

import pytest
import spacy
import torch
from spacy.tokens import Doc
from spacy.training.initialize import init_nlp
from thinc.api import Config
from transformers import AutoModelForMaskedLM, AutoTokenizer

from spacy_bert_ext.files.folders import SaveError
from spacy_bert_ext.pretraining import checkpoints
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, read_state
from spacy_bert_ext.training.resuming.weights import prepare_weights, set_weights
from tests.pretraining.runs import MODELS, figures, outcome, pretraining_config, run
from tests.tiny import KINDS, make_checkpoint, make_docs

SENTENCE = "the president of Germany met the chancellor of Austria in Berlin ."


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Config:
    return pretraining_config(bert_folder, tmp_path, {"training": {"max_steps": 1}})


@pytest.mark.parametrize("kind", KINDS)
def test_transformers_and_our_encoder_open_the_checkpoint(kind: str, tmp_path: Path) -> None:
    config = pretraining_config(make_checkpoint(tmp_path / kind, kind), tmp_path, {"training": {"max_steps": 6}})
    run(config, tmp_path / "out")
    path = tmp_path / "out" / "model-last"
    files = {"config.json", "model.safetensors", "tokenizer.json", "README.md", "pretraining.json"}
    assert all(files <= {file.name for file in (tmp_path / "out" / name).iterdir()} for name in MODELS)
    model, tokenizer = AutoModelForMaskedLM.from_pretrained(path).eval(), AutoTokenizer.from_pretrained(path)
    inputs = tokenizer(f"{SENTENCE} {tokenizer.mask_token}", return_tensors="pt")
    assert tokenizer.mask_token_id in inputs["input_ids"]
    with torch.no_grad():
        assert torch.equal(model(**inputs).logits, trained(config, tmp_path / "out")(**inputs).logits)
    nlp = spacy.blank("en")
    settings = {"name": str(path), "window_pieces": 128, "precision": "fp32", "device": "cpu"}
    bert: Any = nlp.add_pipe("bert_encoder", config={"keep": "tokens", "model": settings})
    nlp.initialize()
    doc = make_docs(SENTENCE, vocab=nlp.vocab)[0]
    ids = pieces_of(bert, doc)
    with torch.no_grad():
        expected = model.base_model(input_ids=ids, attention_mask=torch.ones_like(ids)).last_hidden_state[0, 1:-1]
    torch.testing.assert_close(bert.predict([doc]).piece_vectors, expected, atol=1e-5, rtol=0)


def trained(config: Config, output: Path) -> Any:
    """The model as the training's state has it."""
    state, nlp = read_state(output / STATE_FOLDER), init_nlp(config)
    prepare_weights(nlp, state.settings["conditions"]["counters"])
    set_weights(nlp, state.weights)
    return nlp.get_pipe("bert_pretraining").language_model()[0].eval()


def pieces_of(bert: Any, doc: Doc) -> torch.Tensor:
    """(1, n_pieces), special pieces included."""
    special = bert.shim.loaded.special
    return torch.tensor([[*special.before, *bert.shim.loaded.tokenize([doc]).ids, *special.after]])


def test_a_full_disk_leaves_what_was_saved(config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run(config, tmp_path / "out")
    before = {name: outcome(tmp_path / "out" / name) for name in MODELS}

    def break_off(figures: object) -> str:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(checkpoints, "checkpoint_card", break_off)
    with pytest.raises(SaveError, match=r"B200.*model-last: No space left"):
        run(config.merge({"training": {"seed": 5}}), tmp_path / "out")
    assert {name: outcome(tmp_path / "out" / name) for name in MODELS} == before
    assert not [path for path in (tmp_path / "out").iterdir() if path.name.startswith(".")]


@pytest.mark.parametrize("file", ["config.json", "thesis.txt", "meta.json"])
def test_a_folder_of_something_else_is_refused_before_any_step(config: Config, tmp_path: Path, file: str) -> None:
    """A checkpoint that is no pre-training's, too: the one that is trained further may lie there."""
    (tmp_path / "out" / "model-best").mkdir(parents=True)
    (tmp_path / "out" / "model-best" / file).touch()
    with pytest.raises(ValueError, match="B032.*model-best is not empty and holds no pre-trained checkpoint"):
        run(config, tmp_path / "out")
    assert not (tmp_path / "out" / "model-last").exists()


def test_another_pretraining_takes_the_place_of_an_earlier_one(config: Config, tmp_path: Path) -> None:
    run(config, tmp_path / "out")
    earlier = outcome(tmp_path / "out" / "model-last")["model.safetensors"]
    (tmp_path / "out" / "model-last" / "notes.txt").write_text("mine")
    run(config.merge({"system": {"seed": 5}}), tmp_path / "out")
    found = outcome(tmp_path / "out" / "model-last")
    assert found["model.safetensors"] != earlier and found["notes.txt"] == b"mine"
    assert figures(tmp_path / "out" / "model-last")["training"]["seed"] == 5


def test_nothing_of_this_machine_is_told(config: Config, tmp_path: Path) -> None:
    run(config, tmp_path / "out")
    for name in MODELS:
        for file, content in outcome(tmp_path / "out" / name).items():
            assert str(tmp_path).encode() not in content and config["paths"]["encoder"].encode() not in content, file
