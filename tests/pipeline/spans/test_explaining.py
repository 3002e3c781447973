"""Explanations of spans that may overlap; the methods themselves are tested in tests/pipeline/test_explaining.py."""

import numpy as np
import pytest
from spacy.tokens import Span

from spacy_bert_ext.explanation.methods import METHODS
from tests.coded import raises_code
from tests.pipeline.pipelines import learn
from tests.pipeline.test_bert_spancat import BOTH, NGRAMS, TEXTS, make_examples, make_spancat, spancat_of

TEXT = next(iter(TEXTS))


@pytest.fixture(scope="module", params=BOTH)
def factory(request):
    return request.param


@pytest.fixture(scope="module")
def nlp(bert_folder, factory):
    nlp = make_spancat(bert_folder, factory)
    learn(nlp, make_examples(nlp, exclusive=factory == "bert_spancat_singlelabel"))
    return nlp


def test_predicted_spans(nlp, factory):
    doc, spancat = nlp(TEXT), spancat_of(nlp, factory)
    parts = spancat.explained_parts(doc)
    assert parts == list(doc.spans["sc"])
    assert len(parts) >= 3
    for span in parts:
        found = spancat.explain(span, steps=64)
        assert (found.label, found.target) == (span.label_, (span.start, span.end))
        assert found.probability == pytest.approx(span._.score, abs=1e-5)
        assert 1 / (1 + np.exp(-found.value)) == pytest.approx(span._.score, abs=1e-4)
        assert found.scores.sum() == pytest.approx(found.value - found.baseline_value, abs=0.06 * abs(found.value))


@pytest.mark.parametrize("method", METHODS)
def test_every_method(nlp, factory, method):
    found = spancat_of(nlp, factory).explain(nlp.make_doc(TEXT)[3:8], "PLACE", method=method)
    assert np.isfinite(found.scores).all()
    assert found.scores.shape == (8,)
    assert np.abs(found.scores).sum() > 0


def test_occlusion_is_what_predictions_lose(nlp, factory):
    """The number of one copy is that of the Doc alone."""
    spancat, doc = spancat_of(nlp, factory), nlp.make_doc(TEXT)
    found = spancat.explain(doc[6:8], "PLACE", method="occlusion")
    masked = nlp.make_doc(TEXT)
    explained = spancat.explained(masked[6:8], "PLACE", spancat.raw_scores([masked]))
    assert explained.score(spancat.raw_scores([masked])).item() == pytest.approx(found.value, abs=1e-4)
    both = explained.score(spancat.raw_scores([masked, nlp.make_doc(TEXT)]))
    assert both.tolist() == pytest.approx([found.value] * 2, abs=1e-4)


def test_labels(nlp, factory):
    spancat, doc = spancat_of(nlp, factory), nlp.make_doc(TEXT)
    assert spancat.explain(doc[0:2], method="occlusion").label in ("PERSON", "POLITICIAN")
    assert spancat.explain(Span(doc, 0, 2, label="TEAM"), method="occlusion").label == "TEAM"
    with raises_code("B391", match="weather"):
        spancat.explain(doc[0:2], "weather")
    with raises_code("B395", match="Angela"):
        spancat.explain(doc)
    with raises_code("B392", match="Span"):
        spancat.explain(doc[1:1], "TEAM")


def test_with_a_suggester(bert_folder):
    nlp = make_spancat(bert_folder, suggester=NGRAMS)
    found = spancat_of(nlp).explain(nlp.make_doc(TEXT)[0:7], "PLACE", method="occlusion")  # longer than it names
    assert found.probability is not None
