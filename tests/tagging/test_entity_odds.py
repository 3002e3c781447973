"""Log odds of entities, against all sequences."""

from functools import partial

import numpy as np
import pytest
import torch

from spacy_bert_ext.tagging.decoded import entity_scores
from spacy_bert_ext.tagging.decoders import DECODERS
from spacy_bert_ext.tagging.entity_odds import LEAD_TOKENS, entity_log_odds, entity_log_odds_of_crf
from spacy_bert_ext.tagging.potentials import crf_potentials
from spacy_bert_ext.tagging.tag_scores import TagScores
from tests.tagging.brute import weights_of
from tests.tagging.made_scores import ALLOWED, ONE_LABEL, B, I, L, U, ints, make_scores

ENTITIES = [(0, ints(B, I, L)), (1, ints(U)), (3, ints(B, L))]
TEMPERATURE = 1.5


def repeated(scores: TagScores, n: int) -> TagScores:
    """Copies whose logits differ."""
    logits = torch.cat([scores.logits * (1 + i) for i in range(n)])
    return TagScores((logits, *scores.tensors[1:]), np.tile(scores.taggable, n), np.tile(scores.tokens_per_doc, n))


@pytest.mark.parametrize(("first", "tags"), ENTITIES)
def test_of_a_crf_they_are_those_of_all_sequences(first, tags):
    scores = make_scores([5], seed=0)
    weights = weights_of(crf_potentials(tuple(tensor / TEMPERATURE for tensor in scores.tensors), ALLOWED))
    right = sum(weight for path, weight in weights.items() if path[first : first + len(tags)] == tuple(tags))
    found = entity_log_odds_of_crf(scores, tags, first, TEMPERATURE, allowed=ALLOWED)
    assert found.tolist() == pytest.approx([np.log(right / (sum(weights.values()) - right))])


@pytest.mark.parametrize(("first", "tags"), ENTITIES)
def test_of_independent_tags_they_are_those_of_the_product(first, tags):
    scores = make_scores([5], seed=1)
    probabilities = (scores.logits / TEMPERATURE).softmax(1)
    product = probabilities[np.arange(first, first + len(tags)), tags].prod()
    assert entity_log_odds(scores, tags, first, TEMPERATURE).item() == pytest.approx(product.logit().item(), abs=1e-5)


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("length", [6, 40, 400])
def test_their_sigmoid_is_the_score_of_what_is_decoded(decoder, length):
    scores = make_scores([length], seed=2)
    decoded = DECODERS[decoder](scores, ALLOWED, TEMPERATURE)
    entities = ONE_LABEL.to_entities(decoded.tags, scores.lengths)
    assert len(entities.first)
    for first, last, score in zip(entities.first, entities.last, entity_scores(decoded, entities)):
        tags = decoded.tags[first : last + 1]
        if decoder == "crf":
            found = entity_log_odds_of_crf(scores, tags, first, TEMPERATURE, allowed=ALLOWED)
        else:
            found = entity_log_odds(scores, tags, first, TEMPERATURE)
        assert found.sigmoid().item() == pytest.approx(score, abs=1e-5)


def test_copies_are_scored_as_they_are_alone():
    scores = repeated(make_scores([4], seed=3), 3)
    for odds_of in (entity_log_odds, partial(entity_log_odds_of_crf, allowed=ALLOWED)):
        found = odds_of(scores, ints(U), 2, 1.0)
        for i, logits in enumerate(scores.logits.split(4)):
            alone = TagScores((logits, *scores.tensors[1:]), scores.taggable[:8], scores.tokens_per_doc[:1])
            assert found[i].item() == pytest.approx(odds_of(alone, ints(U), 2, 1.0).item(), abs=1e-5)


def test_a_sure_model_has_exact_log_odds_and_gradients():
    """Where a probability is 1 to all digits."""
    logits = torch.zeros(3, 5, dtype=torch.float32)
    logits[1, U] = 200.0
    logits.requires_grad_()
    others = [torch.zeros(shape) for shape in ((5,), (5,), (5, 5))]
    scores = TagScores((logits, *others), np.ones(3, dtype=bool), ints(3))
    for odds_of in (entity_log_odds, partial(entity_log_odds_of_crf, allowed=ALLOWED)):
        found = odds_of(scores, ints(U), 1, 1.0)
        assert found.item() == pytest.approx(200, abs=3)
        (gradient,) = torch.autograd.grad(found.sum(), logits)
        assert gradient[1, U].item() == pytest.approx(1.0, abs=1e-4)
        assert torch.isfinite(gradient).all()


def test_a_crf_reads_the_neighbourhood_alone():
    length = 3 * LEAD_TOKENS
    scores = make_scores([length], seed=4)
    logits = scores.logits.clone().requires_grad_()
    scores = TagScores((logits, *scores.tensors[1:]), scores.taggable, scores.tokens_per_doc)
    found = entity_log_odds_of_crf(scores, ints(U), 100, 1.0, allowed=ALLOWED)
    (gradient,) = torch.autograd.grad(found.sum(), logits)
    read = np.flatnonzero(gradient.abs().sum(1).numpy())
    assert read.min() >= 100 - LEAD_TOKENS
    assert read.max() <= 100 + LEAD_TOKENS
