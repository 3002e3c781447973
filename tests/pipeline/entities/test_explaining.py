from types import SimpleNamespace

import numpy as np
import pytest
import torch
from spacy.tokens import Doc, Span
from spacy.vocab import Vocab

from spacy_bert_ext.pipeline.entities.explaining import explained_entity
from spacy_bert_ext.tagging.potentials import crf_potentials
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import all_tags, tag_names
from tests.coded import raises_code
from tests.tagging.brute import weights_of

LABELS = ("ORG", "LOC")
DOC = Doc(Vocab(), words=["in", "New", " ", "York", "now"])
TAGGABLE = np.array([True, True, False, True, True])


def explained(span, label, *, scheme="BIO", temperature=1.0, n_docs=1, decoder="constrained"):
    tags = all_tags(2, scheme)
    torch.manual_seed(0)
    logits = torch.randn(4, len(tags)).repeat(n_docs, 1)
    pairs = [torch.randn(shape) for shape in ((len(tags),), (len(tags),), (len(tags), len(tags)))]
    scores = TagScores((logits, *pairs), np.tile(TAGGABLE, n_docs), np.array([5] * n_docs))
    tagger = SimpleNamespace(name="ner", tags=tags, labels=LABELS, decoder=decoder)
    return explained_entity(tagger, span, label, scores, temperature=temperature), scores, logits


def test_log_odds_of_independent_tags():
    found, scores, logits = explained(DOC[1:4], "LOC", temperature=2.0)
    probabilities = (logits / 2).softmax(1)
    names = tag_names(all_tags(2, "BIO"), LABELS)
    product = probabilities[1, names.index("B-LOC")] * probabilities[2, names.index("I-LOC")]
    assert found.score(scores).tolist() == pytest.approx([product.logit().item()], abs=1e-5)
    assert found.probability == pytest.approx(product.item(), abs=1e-6)
    assert (found.target, found.reads, found.quantity) == ((1, 4), (1, 4), "log odds of LOC")


def test_a_crf_sums_over_what_may_stand_around():
    found, scores, _ = explained(DOC[1:4], "LOC", decoder="crf")
    tags = all_tags(2, "BIO")
    names = tag_names(tags, LABELS)
    weights = weights_of(crf_potentials(scores.tensors, tags.allowed))
    wanted = (names.index("B-LOC"), names.index("I-LOC"))
    right = sum(weight for path, weight in weights.items() if path[1:3] == wanted)
    assert found.probability == pytest.approx(right / sum(weights.values()))


@pytest.mark.parametrize("decoder", ["constrained", "crf"])
def test_of_several_copies(decoder):
    found, scores, _ = explained(DOC[1:4], "LOC", n_docs=3, decoder=decoder)
    assert found.score(scores).shape == (3,)


@pytest.mark.parametrize("decoder", ["constrained", "crf"])
@pytest.mark.parametrize("scheme", ["BILUO", "BIO", "IOB1", "IO"])
def test_schemes(scheme, decoder):
    found, scores, _ = explained(DOC[3:4], "ORG", scheme=scheme, decoder=decoder)
    assert 0 < found.probability < 1
    assert found.probability == pytest.approx(found.score(scores).sigmoid().item())


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
