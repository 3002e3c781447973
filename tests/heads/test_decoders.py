"""Decoders against all sequences of short Docs."""

from itertools import product

import numpy as np
import pytest
import torch

from spacy_bert_ext.heads.crf import Potentials
from spacy_bert_ext.heads.decoders import DECODERS, check_decoder, constrained, crf, entity_scores, greedy
from spacy_bert_ext.heads.tags import Entities, allowed_transitions, to_entities
from spacy_bert_ext.heads.token_classifier import TagScores
from tests.heads.brute import forbid, is_allowed, random_potentials, weights_of

O, B, I, L, U = range(5)
ALLOWED = allowed_transitions(1)
LENGTHS = [3, 0, 1, 4, 2]


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def make_scores(lengths: list[int], seed: int, *, n_tags: int = 5) -> TagScores:
    """Scores of Docs whose every second token is not readable."""
    torch.manual_seed(seed)
    readable = np.tile([True, False], sum(lengths))
    tensors = tuple(random_potentials(sum(lengths), n_tags, dtype=torch.float32))
    return TagScores(tensors, readable, 2 * ints(*lengths))


def docs_of(scores: TagScores, tags: np.ndarray | None = None) -> list:
    """Rows of each Doc that has readable tokens."""
    places = np.split(np.arange(len(scores.logits)), np.cumsum(scores.lengths)[:-1])
    return [place for place in places if len(place)]


def test_lengths_count_readable_tokens():
    readable = np.array([True, False, True, False, False, True])
    scores = TagScores((torch.zeros(3, 5),), readable, ints(2, 0, 1, 3, 0))
    assert scores.lengths.tolist() == [1, 0, 1, 1, 0]
    assert TagScores((torch.zeros(0, 5),), np.zeros(0, bool), ints()).lengths.tolist() == []


@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_the_best_tag_of_each_token(seed):
    scores = make_scores(LENGTHS, seed)
    assert greedy(scores, ALLOWED).tags.tolist() == scores.logits.argmax(1).tolist()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("n_labels, lengths", [(1, LENGTHS), (2, [3, 1, 3])])
def test_constrained_takes_the_best_of_all_allowed_sequences(seed, n_labels, lengths):
    allowed = allowed_transitions(n_labels)
    scores = make_scores(lengths, seed, n_tags=4 * n_labels + 1)
    log_probabilities = scores.logits.log_softmax(1).numpy()
    tags = constrained(scores, allowed).tags
    for rows in docs_of(scores):
        sequences = [s for s in product(range(4 * n_labels + 1), repeat=len(rows)) if is_allowed(s, allowed)]
        best = max(sequences, key=lambda sequence, rows=rows: log_probabilities[rows, sequence].sum())
        assert tags[rows].tolist() == list(best)


def test_constrained_repairs_only_docs_that_need_it():
    # Doc 0 is fine as it is, Doc 1 would be B O: the better of O O and B L, by hand.
    probabilities = torch.tensor(
        [[0.1, 0.6, 0.1, 0.1, 0.1], [0.1, 0.1, 0.1, 0.6, 0.1], [0.3, 0.5, 0.1, 0.05, 0.05], [0.5, 0.1, 0.1, 0.25, 0.05]]
    )
    scores = TagScores((probabilities.log(),), np.ones(4, bool), ints(2, 2))
    # O O: 0.3 * 0.5 = 0.15; B L: 0.5 * 0.25 = 0.125
    assert greedy(scores, ALLOWED).tags.tolist() == [B, L, B, O]
    assert constrained(scores, ALLOWED).tags.tolist() == [B, L, O, O]


@pytest.mark.parametrize("seed", range(10))
def test_crf_takes_the_best_of_all_allowed_sequences(seed):
    scores = make_scores(LENGTHS, seed)
    tags = crf(scores, ALLOWED).tags
    for rows in docs_of(scores):
        weights = weights_of(forbid(Potentials(scores.logits[rows], *scores.tensors[1:]), ALLOWED))
        assert tags[rows].tolist() == list(max(weights, key=weights.get))


@pytest.mark.parametrize("seed", range(10))
def test_crf_gives_entities_their_marginal_probability(seed):
    scores = make_scores(LENGTHS, seed)
    decoded = crf(scores, ALLOWED)
    entities = to_entities(decoded.tags, scores.lengths)
    found = entity_scores(decoded, entities)
    expected = []
    for rows in docs_of(scores):
        weights = weights_of(forbid(Potentials(scores.logits[rows], *scores.tensors[1:]), ALLOWED))
        for first, last in zip(entities.first, entities.last):
            if rows[0] <= first <= rows[-1]:
                place = slice(first - rows[0], last - rows[0] + 1)
                its_tags = tuple(decoded.tags[first : last + 1].tolist())
                share = sum(weight for tags, weight in weights.items() if tags[place] == its_tags)
                expected.append(share / sum(weights.values()))
    assert len(found) == len(expected) > 0
    assert found.tolist() == pytest.approx(expected, abs=1e-5)


def test_crf_entity_scores_by_hand():
    # Two tokens without scores: O O, O U, U O, U U and B L are equally probable. A little on B and L decides.
    little = torch.tensor([[0, 1e-4, 0, 0, 0], [0, 0, 0, 1e-4, 0]])
    zeros = (torch.zeros(5), torch.zeros(5), torch.zeros(5, 5))
    decoded = crf(TagScores((little, *zeros), np.ones(2, bool), ints(2)), ALLOWED)
    assert decoded.tags.tolist() == [B, L]
    assert entity_scores(decoded, Entities(ints(0), ints(1), ints(0))).tolist() == pytest.approx([0.2], abs=1e-4)
    # U as the first of two tokens: U O and U U, two of five.
    little = torch.tensor([[0, 0, 0, 0, 1e-4], [1e-4, 0, 0, 0, 0]])
    decoded = crf(TagScores((little, *zeros), np.ones(2, bool), ints(2)), ALLOWED)
    assert decoded.tags.tolist() == [U, O]
    assert entity_scores(decoded, Entities(ints(0), ints(0), ints(0))).tolist() == pytest.approx([0.4], abs=1e-4)


@pytest.mark.parametrize("decoder", ["greedy", "constrained"])
@pytest.mark.parametrize("seed", range(5))
def test_without_crf_an_entity_has_the_product_of_its_tags_probabilities(decoder, seed):
    scores = make_scores(LENGTHS, seed)
    decoded = DECODERS[decoder](scores, ALLOWED)
    entities = to_entities(decoded.tags, scores.lengths)
    probabilities = scores.logits.softmax(1).double().numpy()
    rows = [np.arange(first, last + 1) for first, last in zip(entities.first, entities.last)]
    expected = [probabilities[row, decoded.tags[row]].prod() for row in rows]
    assert len(expected) > 0
    assert entity_scores(decoded, entities).tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("decoder", DECODERS)
def test_docs_alone_and_together_are_decoded_alike(decoder):
    scores = make_scores(LENGTHS, 3)
    together = DECODERS[decoder](scores, ALLOWED)
    for rows in docs_of(scores):
        alone = DECODERS[decoder](
            TagScores((scores.logits[rows], *scores.tensors[1:]), np.ones(len(rows), bool), ints(len(rows))), ALLOWED
        )
        assert alone.tags.tolist() == together.tags[rows].tolist()
        assert alone.first.tolist() == pytest.approx(together.first[rows].tolist(), abs=1e-5)
        assert alone.last.tolist() == pytest.approx(together.last[rows].tolist(), abs=1e-5)


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("lengths", [[], [0], [0, 0]])
def test_docs_without_readable_tokens_have_no_tags(decoder, lengths):
    decoded = DECODERS[decoder](make_scores(lengths, 0), ALLOWED)
    assert [array.tolist() for array in decoded] == [[], [], [], []]
    assert entity_scores(decoded, to_entities(decoded.tags, ints(*lengths))).tolist() == []


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("spread", [1e-3, 20.0, 1000.0])
def test_entity_scores_are_probabilities_however_sure_the_model_is(decoder, spread):
    scores = make_scores([50, 3, 20], 1)
    scores = TagScores((spread * scores.logits, *scores.tensors[1:]), scores.readable, scores.tokens_per_doc)
    decoded = DECODERS[decoder](scores, ALLOWED)
    found = entity_scores(decoded, to_entities(decoded.tags, scores.lengths))
    assert len(found) > 5
    assert np.isfinite(found).all()
    assert (found >= 0).all() and (found <= 1).all()


@pytest.mark.parametrize("decoder", ["constrained", "crf"])
def test_a_model_that_wants_only_what_is_forbidden_gets_what_is_allowed(decoder):
    # I everywhere, by far: the best allowed sequence is B I I L.
    logits = torch.zeros(4, 5)
    logits[:, I] = 300
    zeros = (torch.zeros(5), torch.zeros(5), torch.zeros(5, 5))
    decoded = DECODERS[decoder](TagScores((logits, *zeros), np.ones(4, bool), ints(4)), ALLOWED)
    assert decoded.tags.tolist() == [B, I, I, L]
    found = entity_scores(decoded, to_entities(decoded.tags, ints(4)))
    # Without the CRF, B and L have a probability of next to nothing; within it no other sequence has any.
    assert found.tolist() == pytest.approx([1.0 if decoder == "crf" else 0.0], abs=1e-6)


def test_unknown_decoders_are_refused():
    with pytest.raises(ValueError, match=r"B010.*'viterbi'.*`decoder`.*greedy, constrained, crf"):
        check_decoder("viterbi")
    for name in DECODERS:
        check_decoder(name)
