from types import SimpleNamespace

import numpy as np
import pytest
import torch
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from spacy_bert_ext.pipeline.entities.explaining import explained_entity
from spacy_bert_ext.pipeline.entities.writing import PredictedEntities
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import all_tags, tag_names
from tests.coded import raises_code

LABELS = ("ORG", "LOC")
DOC = Doc(Vocab(), words=["in", "New", " ", "York", "now"])
TAGGABLE = np.array([True, True, False, True, True])


def explained(span, label, *, scheme="BIO", temperature=1.0, n_docs=1):
    tags = all_tags(2, scheme)
    torch.manual_seed(0)
    logits = torch.randn(4, len(tags)).repeat(n_docs, 1)
    scores = TagScores((logits,), np.tile(TAGGABLE, n_docs), np.array([5] * n_docs))
    found = PredictedEntities(*(np.array([number]) for number in (1, 3, 1)), np.array([0.75]))
    tagger = SimpleNamespace(name="ner", tags=tags, labels=LABELS)
    return explained_entity(tagger, span, label, scores, entities=found, temperature=temperature), scores, logits


def test_log_odds_of_the_tags():
    found, scores, logits = explained(DOC[1:4], "LOC", temperature=2.0)
    probabilities = (logits / 2).softmax(1)
    names = tag_names(all_tags(2, "BIO"), LABELS)
    begin, inside = probabilities[1, names.index("B-LOC")], probabilities[2, names.index("I-LOC")]
    assert found.score(scores).tolist() == pytest.approx([(begin.logit() + inside.logit()).item()], abs=1e-5)
    assert (found.target, found.reads, found.probability) == ((1, 4), (1, 4), 0.75)
    assert found.quantity == "log odds of the tags of LOC"


def test_of_several_copies():
    found, scores, _ = explained(DOC[1:4], "LOC", n_docs=3)
    assert found.score(scores).shape == (3,)


@pytest.mark.parametrize("scheme", ["BILUO", "BIO", "IOB1", "IO"])
def test_schemes(scheme):
    found, scores, _ = explained(DOC[3:4], "ORG", scheme=scheme)
    assert found.score(scores).shape == (1,)
    assert found.probability is None


def test_labels():
    assert explained(Span(DOC, 1, 4, label="ORG"), None)[0].label == "ORG"
    assert explained(Span(DOC, 1, 4, label="ORG"), "LOC")[0].label == "LOC"
    best = explained(DOC[1:4], None)[0]
    values = {label: explained(DOC[1:4], label) for label in LABELS}
    assert best.label == max(LABELS, key=lambda label: values[label][0].score(values[label][1]).item())
    with raises_code("B391", match="PER.*ORG, LOC"):
        explained(Span(DOC, 1, 4, label="PER"), None)


def test_docs_are_no_spans():
    with raises_code("B395", match="ents"):
        explained(DOC, None)
