"""`pooling = "pooler"`: the checkpoint's own pooler as a part of the head."""

from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
import torch
from spacy.language import Language
from torch import nn

from spacy_bert_ext.encoder.model import EncoderModel
from spacy_bert_ext.encoder.pooler import pooler_of
from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same, changed, weights_of
from tests.pipeline.pipelines import encoder_of, head_of, learn, make_nlp
from tests.tiny import WIDTH, make_docs, make_encoder


def make_pooled(folder: str, **settings) -> Language:
    nlp = make_nlp(folder, (), **settings)
    nlp.add_pipe("bert_textcat", config={"model": {"pooling": "pooler"}})
    nlp.initialize(lambda: make_examples(nlp))
    return nlp


@pytest.fixture
def encoder(bert_folder: str) -> EncoderModel:
    return make_encoder(bert_folder)


def test_the_head_has_the_weights_of_the_checkpoint(bert_folder: str) -> None:
    nlp = make_pooled(bert_folder)
    textcat, module = head_of(nlp, "bert_textcat").shim.module, encoder_of(nlp).shim.module
    assert torch.equal(textcat.pooler.weight, module.pooler.dense.weight)
    assert torch.equal(textcat.pooler.bias, module.pooler.dense.bias)
    docs = make_docs(*TEXTS, vocab=nlp.vocab)
    vectors = encoder_of(nlp).model.predict(docs).window_vectors
    torch.testing.assert_close(textcat.pool_windows(vectors), module.pooler(vectors[:, None]))


def test_it_is_trained_and_the_checkpoints_stays(bert_folder: str) -> None:
    nlp = make_pooled(bert_folder)
    of_checkpoint = encoder_of(nlp).shim.module.pooler
    before, of_head = weights_of(of_checkpoint), weights_of(head_of(nlp, "bert_textcat").shim.module.pooler)
    learn(nlp, steps=2)
    assert not changed(before, of_checkpoint)
    assert changed(of_head, head_of(nlp, "bert_textcat").shim.module.pooler)


def test_it_is_saved_and_loaded_with_the_head(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_pooled(bert_folder)
    learn(nlp, steps=5)
    nlp.to_disk(tmp_path)
    loaded = spacy.load(tmp_path)
    trained = weights_of(head_of(nlp, "bert_textcat").shim.module)
    assert {"pooler.weight", "pooler.bias"} < set(trained)
    assert not changed(trained, head_of(loaded, "bert_textcat").shim.module)
    assert_same(list(loaded.pipe(TEXTS)), list(nlp.pipe(TEXTS)))
    with raises_code("B030", match="has the weights .*pooler.bias.*`pooling` and `casing` must be those"):
        spacy.load(tmp_path, config={"components": {"bert_textcat": {"model": {"pooling": "mean"}}}})


def test_a_new_label_leaves_it_as_it_is(bert_folder: str) -> None:
    nlp = make_pooled(bert_folder)
    textcat = head_of(nlp, "bert_textcat")
    before = weights_of(textcat.shim.module.pooler)
    textcat.add_label("weather")
    assert not changed(before, textcat.shim.module.pooler)
    assert len(nlp(TEXTS[0]).cats) == 4


def test_a_long_doc_in_parts_has_the_scores_that_it_has_at_once(
    bert_folder: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    nlp = make_pooled(bert_folder, window_pieces=16, overlap_pieces=4)
    text = " ".join(TEXTS * 20)
    expected = nlp(text).cats
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 0)
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.PART_PIECES", 50)
    assert nlp(text).cats == pytest.approx(expected, abs=1e-5)


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert"])
def test_a_checkpoint_without_a_pooler_is_refused(checkpoints: dict[str, str], kind: str) -> None:
    with raises_code("B079") as caught:
        make_pooled(checkpoints[kind])
    assert "has none" in str(caught.value) and '"cls", "mean", "max" or "attention"' in str(caught.value)


def test_windows_that_are_pooled_otherwise_are_refused(bert_folder: str) -> None:
    with raises_code("B079") as caught:
        make_pooled(bert_folder, window_pooling="mean")
    assert 'window_pooling = "mean"' in str(caught.value)


class _Pooler(nn.Module):
    def __init__(self, activation: Callable, n_layers: int = 1) -> None:
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(WIDTH, WIDTH) for _ in range(n_layers)])
        self.activation = activation

    def forward(self, hidden: torch.Tensor) -> torch.Tensor:
        vectors = hidden[:, 0]
        for layer in self.layers:
            vectors = layer(vectors)
        return self.activation(vectors)


@pytest.mark.parametrize("pooler", [_Pooler(torch.relu), _Pooler(torch.tanh, 2), _Pooler(torch.tanh, 0)])
def test_poolers_of_another_kind_are_refused(encoder: EncoderModel, pooler: nn.Module) -> None:
    encoder.shims[0].module.pooler = pooler
    with pytest.raises(ValueError, match=r"\[B079\].*of another kind"):
        pooler_of(encoder)


def test_alberts_pooler_is_known(encoder: EncoderModel) -> None:
    module = encoder.shims[0].module
    module.pooler, module.pooler_activation = nn.Linear(WIDTH, WIDTH), nn.Tanh()
    assert pooler_of(encoder) is module.pooler


def test_a_head_that_listens_to_a_transformer_has_none() -> None:
    pytest.importorskip("spacy_transformers")
    nlp = spacy.blank("en")
    listener = {"@architectures": "spacy-bert-ext.SpacyTransformersListener.v1"}
    textcat = nlp.add_pipe("bert_textcat", config={"model": {"pooling": "pooler", "encoder": listener}})
    with pytest.raises(ValueError, match=r"\[B079\].*listens to a `transformer`"):
        pooler_of(textcat.model.get_ref("encoder"))
