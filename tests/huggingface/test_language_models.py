"""Heads are transformers' own: taken apart and put together again they give the same logits."""

import copy
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModelForMaskedLM

from spacy_bert_ext.huggingface.head import ClassifierHead
from spacy_bert_ext.huggingface.language_models import (
    TiedProjection,
    assemble_language_model,
    first_names,
    load_language_model,
    new_language_model,
    projection_of,
)
from spacy_bert_ext.huggingface.loading import load_checkpoint
from tests.checkpoints.classifiers import make_classifier
from tests.coded import raises_code

ARCHITECTURES = ("bert", "roberta", "distilbert", "electra", "deberta-v2", "modernbert", "xlm-roberta", "camembert")
IDS = torch.arange(5, 25).reshape(2, 10)


def logits_in_parts(head, checkpoint) -> torch.Tensor:
    vectors = checkpoint.module.eval()(input_ids=IDS).last_hidden_state
    taken = ClassifierHead(head)
    for model in (taken.model, *taken._evaluating):
        if projection_of(model) is not None:
            projection_of(model).use(checkpoint.module.get_input_embeddings().weight)
    return torch.stack([taken.logits(row[None], is_train=False)[0] for row in vectors])


@torch.no_grad()
@pytest.mark.parametrize("architecture", ARCHITECTURES)
@pytest.mark.parametrize("tied", [True, False])
def test_logits_are_those_of_transformers(tmp_path, architecture, tied):
    folder = make_classifier(tmp_path / "model", architecture, "fill-mask", (), tie_word_embeddings=tied)
    expected = AutoModelForMaskedLM.from_pretrained(folder).eval()(input_ids=IDS).logits
    head, checkpoint = load_language_model(folder), load_checkpoint(folder)
    assert (projection_of(head) is not None) == tied
    torch.testing.assert_close(logits_in_parts(head, checkpoint), expected, rtol=1e-5, atol=1e-5)
    whole = assemble_language_model(head, checkpoint.plain_module(), "pretraining")
    torch.testing.assert_close(whole(input_ids=IDS).logits, expected, rtol=1e-6, atol=1e-6)
    assert (whole.get_output_embeddings().weight is whole.get_input_embeddings().weight) == tied
    whole.save_pretrained(tmp_path / "saved")
    again = AutoModelForMaskedLM.from_pretrained(tmp_path / "saved").eval()
    assert torch.equal(again(input_ids=IDS).logits, whole(input_ids=IDS).logits)
    assert again.config.architectures == [type(whole).__name__]


def test_a_checkpoint_without_a_head_gets_a_new_one(bert_folder):
    assert load_language_model(bert_folder) is None
    checkpoint = load_checkpoint(bert_folder)
    head = new_language_model(checkpoint)
    assert head.config.num_hidden_layers == checkpoint.config.num_hidden_layers
    assert isinstance(projection_of(head), TiedProjection)
    logits = logits_in_parts(head, checkpoint)
    assert logits.shape == (2, 10, checkpoint.config.vocab_size) and logits.std() > 0
    whole = assemble_language_model(head, checkpoint.plain_module(), "pretraining")
    torch.testing.assert_close(whole(input_ids=IDS).logits, logits, rtol=1e-5, atol=1e-5)


def without(folder: Path, name: str) -> str:
    """A checkpoint that lacks a weight."""
    make_classifier(folder, "bert", "fill-mask", ())
    weights = load_file(folder / "model.safetensors")
    del weights[name]
    save_file(weights, folder / "model.safetensors", metadata={"format": "pt"})
    return str(folder)


def test_a_checkpoint_with_a_part_of_a_head_gets_a_new_one(tmp_path):
    assert load_language_model(without(tmp_path / "model", "cls.predictions.transform.dense.weight")) is None


def test_an_encoder_with_missing_weights_is_refused(tmp_path):
    folder = without(tmp_path / "model", "bert.encoder.layer.0.output.dense.weight")
    with raises_code("B005"):
        load_language_model(folder)


def test_architectures_without_language_models_are_refused(bert_folder, tmp_path, monkeypatch):
    from spacy_bert_ext.huggingface import classifiers

    monkeypatch.setitem(classifiers._CLASSIFIERS, "fill-mask", {})
    with raises_code("B037"):
        new_language_model(load_checkpoint(bert_folder))
    with raises_code("B037"):
        load_language_model(bert_folder)


def test_heads_that_do_not_fit_are_not_put_together(bert_folder):
    checkpoint = load_checkpoint(bert_folder)
    head = new_language_model(checkpoint)
    del head.cls.predictions.transform.dense
    with raises_code("B046"):
        assemble_language_model(head, checkpoint.plain_module(), "pretraining")


def test_a_projection_has_no_weight_of_its_own_and_copies_have_none_at_all():
    projection = TiedProjection(torch.nn.Parameter(torch.ones(3)))
    projection.use(torch.eye(3))
    assert projection(torch.ones(2, 3)).tolist() == [[2.0] * 3] * 2
    assert [name for name, _ in projection.named_parameters()] == ["bias"]
    with pytest.raises(ValueError, match="unpack"):
        copy.deepcopy(projection)(torch.ones(2, 3))


def test_names_of_one_weight():
    module = torch.nn.ModuleDict({"a": torch.nn.Linear(2, 2), "b": torch.nn.Linear(2, 2)})
    module["b"].weight = module["a"].weight
    assert first_names(module) == {"b.weight": "a.weight"}
