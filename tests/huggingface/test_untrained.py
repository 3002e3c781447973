"""Encoders with random weights, of which config.json and the tokenizer are enough."""

import json
from pathlib import Path

import pytest
import spacy
import torch
from thinc.api import fix_random_seed
from torch import Tensor

from spacy_bert_ext.encoder.shim import encoder_shim_of
from spacy_bert_ext.huggingface.loading import load_checkpoint
from spacy_bert_ext.huggingface.untrained import untrained_checkpoint
from tests.tiny import KINDS, make_checkpoint, make_docs


@pytest.fixture(params=KINDS)
def folder(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Without weights."""
    path = make_checkpoint(tmp_path / "checkpoint", request.param)
    (tmp_path / "checkpoint" / "model.safetensors").unlink()
    return path


def weights(name: str, seed: int) -> dict[str, Tensor]:
    torch.manual_seed(seed)
    return untrained_checkpoint(name).module.state_dict()


def changed(folder: str, **values: object) -> None:
    path = Path(folder) / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text()), **values}))


def test_an_encoder_needs_no_weights_file(folder: str) -> None:
    with pytest.raises(ValueError, match="B002"):
        load_checkpoint(folder)
    checkpoint = untrained_checkpoint(folder)
    assert checkpoint.is_untrained and checkpoint.has_weights
    assert getattr(checkpoint.module, "pooler", None) is None
    assert {weight.dtype for weight in checkpoint.module.parameters()} == {torch.float32}
    assert len(checkpoint.tokenizer) <= checkpoint.module.get_input_embeddings().num_embeddings


def test_torchs_generator_decides_the_weights(folder: str) -> None:
    one, same, other = (weights(folder, seed) for seed in (1, 1, 2))
    assert all(torch.equal(weight, same[name]) for name, weight in one.items())
    assert any(not torch.equal(weight, other[name]) for name, weight in one.items())


def test_weights_that_are_there_are_not_read(bert_folder: str) -> None:
    embedding = load_checkpoint(bert_folder).module.get_input_embeddings().weight
    torch.manual_seed(7)
    assert not torch.equal(untrained_checkpoint(bert_folder).module.get_input_embeddings().weight, embedding)
    assert not load_checkpoint(bert_folder).is_untrained


def test_a_vocabulary_that_does_not_fit_is_refused(folder: str) -> None:
    changed(folder, vocab_size=100)
    with pytest.raises(ValueError, match="B008.*vectors for only 100"):
        untrained_checkpoint(folder)


@pytest.mark.parametrize("folder", ["bert"], indirect=True)
def test_a_config_of_which_no_encoder_can_be_made_is_told(folder: str) -> None:
    changed(folder, num_attention_heads=5)
    with pytest.raises(ValueError, match="B426.*No BertModel with random weights.*multiple"):
        untrained_checkpoint(folder)


@pytest.mark.parametrize("folder", ["bert"], indirect=True)
def test_the_component_takes_random_weights_as_a_setting_of_initialization(folder: str) -> None:
    config = {"model": {"name": folder, "window_pieces": 128, "precision": "fp32", "device": "cpu"}}
    found = []
    for _ in range(2):
        nlp = spacy.blank("en")
        bert = nlp.add_pipe("bert_encoder", config={**config, "keep": "tokens"})
        nlp.config["initialize"]["components"] = {"bert_encoder": {"random_weights": True}}
        fix_random_seed(3)
        nlp.initialize()
        assert encoder_shim_of(bert.model).loaded.checkpoint.is_untrained
        found.append(bert.predict(make_docs("the president of Germany", vocab=nlp.vocab)).piece_vectors)
    assert torch.equal(*found) and len(found[0])
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"model": {**config["model"], "window_pieces": 129}})
    nlp.config["initialize"]["components"] = {"bert_encoder": {"random_weights": True}}
    with pytest.raises(ValueError, match="B003"):
        nlp.initialize()
