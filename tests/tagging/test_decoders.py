"""Decoders against all sequences of short Docs."""

from itertools import product

import numpy as np
import pytest
import torch

from spacy_bert_ext.tagging.crf import Potentials
from spacy_bert_ext.tagging.decoded import entity_scores
from spacy_bert_ext.tagging.decoders import DECODERS, check_decoder, constrained, crf, greedy
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import Entities, all_tags
from tests.tagging.brute import forbid, is_allowed, weights_of
from tests.tagging.made_scores import ALLOWED, ONE_LABEL, B, I, L, O, ints, make_scores

LENGTHS = [3, 0, 1, 4, 2]


def docs_of(scores: TagScores, tags: np.ndarray | None = None) -> list:
    """Rows of each Doc that has taggable tokens."""
    places = np.split(np.arange(len(scores.logits)), np.cumsum(scores.lengths)[:-1])
    return [place for place in places if len(place)]


def _rest(scores):
    return scores.taggable, scores.tokens_per_doc


@pytest.mark.parametrize("seed", range(5))
def test_greedy_takes_the_best_tag_of_each_token(seed):
    scores = make_scores(LENGTHS, seed)
    assert greedy(scores, ALLOWED).tags.tolist() == scores.logits.argmax(1).tolist()


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("n_labels, lengths", [(1, LENGTHS), (2, [3, 1, 3])])
def test_constrained_takes_the_best_of_all_allowed_sequences(seed, n_labels, lengths):
    allowed = all_tags(n_labels, "BILUO").allowed
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
    entities = ONE_LABEL.to_entities(decoded.tags, scores.lengths)
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


@pytest.mark.parametrize("decoder", ["greedy", "constrained"])
@pytest.mark.parametrize("seed", range(5))
def test_without_crf_an_entity_has_the_product_of_its_tags_probabilities(decoder, seed):
    scores = make_scores(LENGTHS, seed)
    decoded = DECODERS[decoder](scores, ALLOWED)
    entities = ONE_LABEL.to_entities(decoded.tags, scores.lengths)
    probabilities = scores.logits.softmax(1).double().numpy()
    rows = [np.arange(first, last + 1) for first, last in zip(entities.first, entities.last)]
    expected = [probabilities[row, decoded.tags[row]].prod() for row in rows]
    assert len(expected) > 0
    assert entity_scores(decoded, entities).tolist() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("temperature", [0.05, 0.7, 3.0, 20.0])
@pytest.mark.parametrize("lengths", [LENGTHS, [500, 0, 3]])
def test_a_temperature_divides_all_scores_and_changes_no_tag(decoder, temperature, lengths):
    scores = make_scores(lengths, 0)
    divided = TagScores(tuple(tensor / temperature for tensor in scores.tensors), *_rest(scores))
    found, expected = DECODERS[decoder](scores, ALLOWED, temperature), DECODERS[decoder](divided, ALLOWED)
    assert found.tags.tolist() == DECODERS[decoder](scores, ALLOWED).tags.tolist()
    entities = ONE_LABEL.to_entities(found.tags, scores.lengths)
    assert len(entities.first) > 0
    assert entity_scores(found, entities).tolist() == pytest.approx(entity_scores(expected, entities), abs=1e-5)


def test_a_temperature_by_hand():
    # O and U, 4 to 1 in favour of U; at temperature 2 as their roots, 2 to 1.
    logits = torch.tensor([[0.0, -torch.inf, -torch.inf, -torch.inf, np.log(4)]])
    zeros = (torch.zeros(5), torch.zeros(5), torch.zeros(5, 5))
    for decoder in DECODERS.values():
        for temperature, expected in ((1.0, 4 / 5), (2.0, 2 / 3)):
            decoded = decoder(TagScores((logits, *zeros), np.ones(1, bool), ints(1)), ALLOWED, temperature)
            found = entity_scores(decoded, Entities(ints(0), ints(0), ints(0)))
            assert found.tolist() == pytest.approx([expected], abs=1e-6)


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
    assert entity_scores(decoded, ONE_LABEL.to_entities(decoded.tags, ints(*lengths))).tolist() == []


@pytest.mark.parametrize("decoder", DECODERS)
@pytest.mark.parametrize("spread", [1e-3, 20.0, 1000.0])
def test_entity_scores_are_probabilities_however_sure_the_model_is(decoder, spread):
    scores = make_scores([50, 3, 20], 1)
    scores = TagScores((spread * scores.logits, *scores.tensors[1:]), scores.taggable, scores.tokens_per_doc)
    decoded = DECODERS[decoder](scores, ALLOWED)
    found = entity_scores(decoded, ONE_LABEL.to_entities(decoded.tags, scores.lengths))
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
    found = entity_scores(decoded, ONE_LABEL.to_entities(decoded.tags, ints(4)))
    # Without the CRF, B and L have a probability of next to nothing; within it no other sequence has any.
    assert found.tolist() == pytest.approx([1.0 if decoder == "crf" else 0.0], abs=1e-6)


def test_unknown_decoders_are_refused():
    with pytest.raises(ValueError, match=r"B010.*'viterbi'.*`decoder`.*greedy, constrained, crf"):
        check_decoder("viterbi")
    for name in DECODERS:
        check_decoder(name)


@pytest.mark.parametrize("dtype", [torch.bfloat16, torch.float16])
@pytest.mark.parametrize("decoder", DECODERS)
def test_scores_in_half_precision_are_decoded_in_single(decoder, dtype):
    tags = all_tags(100, "BILUO")
    halves = make_scores(LENGTHS, 0, n_tags=len(tags))
    halves = TagScores(tuple(tensor.to(dtype) for tensor in halves.tensors), halves.taggable, halves.tokens_per_doc)
    singles = TagScores(tuple(tensor.float() for tensor in halves.tensors), halves.taggable, halves.tokens_per_doc)
    found, expected = (DECODERS[decoder](scores, tags.allowed, 1.0) for scores in (halves, singles))
    assert found.tags.max() > 256
    for one, other in zip(found, expected):
        assert one == pytest.approx(other)
