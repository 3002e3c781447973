"""What spans are scored by, from a head on an encoder of its own; suggesters."""

from functools import partial

import numpy as np
import pytest
import torch
from spacy.pipeline.spancat import build_ngram_suggester
from spacy.tokens import Doc
from thinc.api import NumpyOps
from thinc.types import Ragged

from spacy_bert_ext.architectures import build_span_classifier_v1
from spacy_bert_ext.encoder import predict
from spacy_bert_ext.files.weights_file import UnreadableWeights
from spacy_bert_ext.heads.casing import cases_of
from spacy_bert_ext.heads.model import head_of
from spacy_bert_ext.heads.pooling import TOKEN_POOLINGS, pool_every_token
from spacy_bert_ext.heads.span_classifier import SpanClassifier, SpanClassifierModel, span_head_of
from spacy_bert_ext.heads.token_classifier import TokenClassifier
from spacy_bert_ext.spans.span_scores import N_LENGTHS
from tests.coded import raises_code
from tests.heads.classifiers import DOCS, make_categorizer


def make_spans(encoder, pooling: str = "mean", suggester=None, casing: bool = False) -> SpanClassifierModel:
    model = build_span_classifier_v1(encoder, pooling=pooling, hidden=8, casing=casing)
    head = span_head_of(model)
    head.suggester, head.component = suggester, "mine"
    model.set_dim("nO", 3)
    model.initialize()
    return model


@pytest.mark.parametrize("pooling", TOKEN_POOLINGS)
def test_tokens_add_linear_parts(encoder, pooling: str) -> None:
    model = make_spans(encoder, pooling)
    module, scores = model.shims[0].module, model.predict(DOCS)
    vectors = pool_every_token(encoder.predict(DOCS), pooling)
    torch.testing.assert_close(scores.bounds, module.bounds(vectors))
    torch.testing.assert_close(torch.cat([scores.first, scores.last, scores.inside], dim=1), module.parts(vectors))
    assert scores.weight.shape == (3, 8) and scores.lengths.shape == (N_LENGTHS, 8)
    assert scores.tokens_per_doc.tolist() == [len(doc) for doc in DOCS]
    assert scores.dropout == 0 and scores.candidates is None


def test_casing_tells_how_tokens_are_written_part_by_part_of_a_long_doc(encoder, monkeypatch) -> None:
    model, doc = make_spans(encoder, casing=True), Doc(DOCS[0].vocab, words=["the", "UN", "of", "Germany", "\n"] * 100)
    module, without = model.shims[0].module, model.predict([doc])
    torch.nn.init.normal_(module.casing)
    vectors = pool_every_token(encoder.predict([doc]), "mean") + module.casing[torch.from_numpy(cases_of([doc]))].sum(1)
    found = model.predict([doc])
    torch.testing.assert_close(found.bounds, module.bounds(vectors))
    assert not torch.allclose(found.bounds, without.bounds)
    monkeypatch.setattr(predict, "MAX_HELD_BYTES", 0)
    monkeypatch.setattr(predict, "PART_PIECES", 100)
    parts = model.predict([doc])
    torch.testing.assert_close(parts.bounds, found.bounds)
    torch.testing.assert_close(parts.inside, found.inside)


def test_new_outputs_leave_the_old_scores(encoder) -> None:
    model = make_spans(encoder)
    module, before = model.shims[0].module, model.predict(DOCS)
    module.grow(["a", "b", "c", "d"], exclusive=False)
    after = model.predict(DOCS)
    assert torch.equal(after.weight[:3], before.weight) and after.weight.shape == (4, 8)
    assert torch.equal(after.bounds, before.bounds)


def test_new_weights_start_from_what_is_annotated(encoder) -> None:
    module = make_spans(encoder).shims[0].module
    module.start_from(np.array([-1.0, -2.0, -3.0]))
    module.start_bounds_from(np.array([-4.0, -5.0]))
    assert module.output.bias.tolist() == [-1, -2, -3] and module.bounds.bias.tolist() == [-4, -5]


def test_a_saved_head_knows_its_sizes() -> None:
    head = SpanClassifier(pooling="mean", hidden=8, dropout=0.1)
    weights = head.new_module(16, 3).state_dict()
    module = head.read_module(None, weights)
    assert (module.width, module.n_outputs) == (16, 3)
    with pytest.raises(UnreadableWeights, match=r"`output\.weight`"):
        head.read_module(None, {"bounds.weight": torch.zeros(2, 16)})
    with pytest.raises(UnreadableWeights, match="but a head of these settings has"):
        head.read_module(None, TokenClassifier(pooling="first").new_module(16, 3).state_dict())


def test_a_saved_head_has_the_values_of_its_attributes() -> None:
    head = SpanClassifier(pooling="mean", hidden=8, dropout=0.1, n_values={"negated": 2, "type": 3})
    weights = head.new_module(16, 3).state_dict()
    assert weights["attributes.type_values.weight"].shape == (3, 8)
    other = SpanClassifier(pooling="mean", hidden=8, dropout=0.1)
    saved = {"attributes": {"negated": [False, True], "type": ["a", "b", "c"]}}
    module = other.saved_with(saved).read_module(None, weights)
    assert [layer.out_features for layer in module.value_layers()] == [2, 3] and other.n_values == {}
    with pytest.raises(UnreadableWeights, match=r"of the attributes negated \(2 values\), type .* with no attributes"):
        other.read_module(None, weights)
    with pytest.raises(UnreadableWeights, match=r"of no attributes, but .* with the attributes negated"):
        head.read_module(None, other.new_module(16, 3).state_dict())


def test_attributes_are_scored_from_the_hidden_units(encoder) -> None:
    model = build_span_classifier_v1(encoder, hidden=8)
    span_head_of(model).n_values = {"negated": 2}
    model.set_dim("nO", 3)
    model.initialize()
    (layer,) = model.shims[0].module.value_layers()
    model.shims[0].module.start_values_from([np.array([-1.0, -2.0])])
    ((weight, bias),) = model.predict(DOCS).attributes
    assert weight is layer.weight and bias.tolist() == [-1, -2]


def test_suggesters_of_spacy_name_the_candidates(encoder) -> None:
    scores = make_spans(encoder, suggester=build_ngram_suggester([1, 2])).predict(DOCS)
    assert len(scores.candidates.first) == sum(max(2 * len(doc) - 1, 0) for doc in DOCS)
    assert set((scores.candidates.last - scores.candidates.first).tolist()) == {0, 1}


def shapeless(docs, *, ops, found):
    return found(docs, ops or NumpyOps())


@pytest.mark.parametrize(
    ("found", "code"),
    [
        (lambda docs, ops: [[0, 1]], "B380"),
        (lambda docs, ops: Ragged(ops.asarray1i([0, 1]), ops.asarray1i([1] + [0] * (len(docs) - 1))), "B380"),
        (lambda docs, ops: Ragged(ops.asarray2i([[0, 99]]), ops.asarray1i([1] + [0] * (len(docs) - 1))), "B381"),
    ],
)
def test_a_suggester_that_names_no_spans_is_refused(encoder, found, code: str) -> None:
    model = make_spans(encoder, suggester=partial(shapeless, found=found))
    with raises_code(code, match="suggester of 'mine'"):
        model.predict(DOCS)


def test_a_suggester_that_fails_is_named(encoder) -> None:
    def fails(docs, *, ops):
        return {}["nothing"]

    with raises_code("B389", match="suggester of 'mine' failed: KeyError: 'nothing'"):
        make_spans(encoder, suggester=fails).predict(DOCS)


def test_without_a_suggester_there_are_no_suggestions(encoder) -> None:
    head = head_of(make_spans(encoder))
    with raises_code("B382", match="'mine' has no suggester"):
        head.suggested(DOCS)


def test_other_heads_give_no_spans(encoder) -> None:
    with raises_code("B383", match="text_classifier"):
        span_head_of(make_categorizer(encoder, "mean"))
