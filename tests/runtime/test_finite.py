"""Losses, gradients, weights and scores that are no numbers: training stops, and nothing damaged is saved or used."""

from math import inf, nan
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from safetensors.torch import load_file, save_file
from spacy.language import Language
from thinc.api import Adam

from spacy_bert_ext.calibration.calibrating import calibrate
from spacy_bert_ext.evaluation.report import evaluate
from spacy_bert_ext.runtime.finite import not_finite
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.pipelines import HEADS, encoder_of, head_of, learn, make_initialized

BAD = (nan, inf, -inf)


def damage(module: torch.nn.Module, value: float) -> None:
    with torch.no_grad():
        next(weight for weight in reversed(list(module.parameters())) if weight.ndim == 2)[0, 0] = value


def test_weights_that_are_not_finite_are_found() -> None:
    module = torch.nn.Linear(2, 2)
    assert not_finite(module) == []
    with torch.no_grad():
        module.weight.fill_(3e38)  # the sum is infinite
        assert not_finite(module) == []
        for value in BAD:
            module.bias[1] = value
            assert not_finite(module) == ["bias"]


@pytest.mark.parametrize("name", HEADS)
def test_a_loss_that_is_no_number_stops_training(trained: Language, name: str) -> None:
    head = head_of(trained, name)
    damage(head.shim.module, nan)
    before = encoder_of(trained).shim.module.state_dict()
    before = {key: weight.clone() for key, weight in before.items()}
    with raises_code("B150", match=f"'{name}' is nan in step 0, in a batch of 3 Docs that begins with: 'Angela"):
        learn(trained, steps=1)
    assert all(weight.grad is None for _, weight in encoder_of(trained).shim.trainable_parameters())
    assert all(torch.equal(before[key], weight) for key, weight in encoder_of(trained).shim.module.state_dict().items())


@pytest.mark.parametrize("optimizer", [create_adamw_v1(1e6, 1e6), Adam(1e6)])
def test_a_rate_of_a_million_ends_in_a_named_refusal(bert_folder: str, tmp_path: Path, optimizer) -> None:
    nlp = make_initialized(bert_folder)
    nlp.to_disk(tmp_path)
    with pytest.raises(ValueError, match=r"\[B15[03]\].*step \d"):
        learn(nlp, steps=60, sgd=optimizer)


def test_gradients_that_are_not_finite_are_not_applied(trained: Language) -> None:
    encoder, sgd = encoder_of(trained), create_adamw_v1(1e-3, 1e-3)
    learn(trained, steps=1, sgd=sgd)
    before = {key: weight.clone() for key, weight in encoder.shim.module.state_dict().items()}
    for _, weight in encoder.shim.trainable_parameters():
        weight.grad = torch.full_like(weight, nan)
    with raises_code("B153", match=r"step 1 holds nan.*word_embeddings.weight of 'bert_encoder'.* \(37 in all\)"):
        sgd.step([encoder.shim])
    assert all(torch.equal(before[key], weight) for key, weight in encoder.shim.module.state_dict().items())
    assert all(weight.grad is None for _, weight in encoder.shim.trainable_parameters())


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("name", ["bert_encoder", *HEADS])
def test_weights_that_are_not_finite_are_not_saved(trained: Language, tmp_path: Path, name: str, value: float) -> None:
    pipe = trained.get_pipe(name)
    pipe.to_disk(tmp_path / "pipe")
    before = (tmp_path / "pipe" / "model.safetensors").read_bytes()
    damage(pipe.model.shims[0].module, value)
    with raises_code("B152", match=f"'{name}' hold nan or infinite numbers and are not saved: .*1 in all"):
        pipe.to_disk(tmp_path / "pipe")
    assert (tmp_path / "pipe" / "model.safetensors").read_bytes() == before
    with raises_code("B152"):
        pipe.to_bytes()


@pytest.mark.parametrize("name", ["bert_encoder", *HEADS])
def test_weights_that_are_not_finite_are_not_loaded(trained: Language, tmp_path: Path, name: str) -> None:
    pipe = trained.get_pipe(name)
    pipe.to_disk(tmp_path / "pipe")
    path = tmp_path / "pipe" / "model.safetensors"
    weights = load_file(path)
    key = next(key for key, weight in reversed(weights.items()) if weight.ndim == 2)
    weights[key][0, 0] = nan
    save_file(weights, path, metadata={"format": "pt"})
    with pytest.raises(ValueError, match=rf"(?s)\[B0(05|30)\].*{key}.*hold nan or infinite numbers"):
        pipe.from_disk(tmp_path / "pipe")


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("decoder", ["greedy", "constrained", "crf"])
def test_scores_that_are_no_numbers_are_no_entities(bert_folder: str, decoder: str, value: float) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"model": {"name": bert_folder, "window_pieces": 128, "device": "cpu"}})
    nlp.add_pipe("bert_ner", config={"decoder": decoder})
    nlp.initialize(lambda: make_examples(nlp))
    with torch.no_grad():
        head_of(nlp, "bert_ner").shim.module.output.weight[:] = value
    with raises_code("B154", match="'bert_ner' are nan or infinite.*precision"):
        nlp(TEXTS[0])


@pytest.mark.parametrize("value", BAD)
@pytest.mark.parametrize("name", ["bert_textcat", "bert_textcat_multilabel"])
def test_scores_that_are_no_numbers_are_no_categories(trained: Language, name: str, value: float) -> None:
    with torch.no_grad():
        head_of(trained, name).shim.module.output.bias[0] = value
    with raises_code("B154", match=f"'{name}'"):
        trained(TEXTS[0])
    with raises_code("B154"):
        evaluate(trained, make_examples(trained))
    with raises_code("B154"):
        calibrate(trained, make_examples(trained))


def test_one_doc_without_scores_does_not_lose_its_batch(trained: Language) -> None:
    head, seen = head_of(trained, "bert_textcat"), []
    given = head.raw_scores
    head.raw_scores = lambda docs: given(docs) * torch.tensor([[nan if "Real" in doc.text else 1.0] for doc in docs])
    trained.set_error_handler(lambda name, pipe, docs, error: seen.extend((doc.text, str(error)[:6]) for doc in docs))
    assert [doc.text for doc in trained.pipe(TEXTS)] == [TEXTS[0], TEXTS[2]]
    assert seen == [(TEXTS[1], "[B154]")]
    assert np.isfinite(list(trained(TEXTS[0]).cats.values())).all()
