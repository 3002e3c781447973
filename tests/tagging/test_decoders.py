"""Decoders against all sequences of short Docs."""

from itertools import product

import numpy as np
import pytest
import torch

from spacy_bert_ext.losses.tag_losses import crf_likelihood
from spacy_bert_ext.tagging import decoders
from spacy_bert_ext.tagging.crf import Potentials
from spacy_bert_ext.tagging.decoders import DECODERS, Decoded, check_decoder, constrained, crf, entity_scores, greedy
from spacy_bert_ext.tagging.segments import cut, whole
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import MISSING, Entities, Transitions, all_tags
from tests.tagging.brute import forbid, is_allowed, random_potentials, weights_of

O, B, I, L, U = range(5)
ONE_LABEL = all_tags(1, "BILUO")
ALLOWED = ONE_LABEL.allowed
LENGTHS = [3, 0, 1, 4, 2]


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def make_scores(lengths: list[int], seed: int, *, n_tags: int = 5) -> TagScores:
    """Scores of Docs whose every second token is not taggable."""
    torch.manual_seed(seed)
    taggable = np.tile([True, False], sum(lengths))
    tensors = tuple(random_potentials(sum(lengths), n_tags, dtype=torch.float32))
    return TagScores(tensors, taggable, 2 * ints(*lengths))


def docs_of(scores: TagScores, tags: np.ndarray | None = None) -> list:
    """Rows of each Doc that has taggable tokens."""
    places = np.split(np.arange(len(scores.logits)), np.cumsum(scores.lengths)[:-1])
    return [place for place in places if len(place)]


def test_lengths_count_readable_tokens():
    taggable = np.array([True, False, True, False, False, True])
    scores = TagScores((torch.zeros(3, 5),), taggable, ints(2, 0, 1, 3, 0))
    assert scores.lengths.tolist() == [1, 0, 1, 1, 0]
    assert TagScores((torch.zeros(0, 5),), np.zeros(0, bool), ints()).lengths.tolist() == []


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


def _rest(scores):
    return scores.taggable, scores.tokens_per_doc


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


def long_scores(n_labels: int, seed: int, spread: float) -> TagScores:
    """Docs of which some are cut into segments."""
    lengths = [700, 3, 0, 230, 225, 193]
    torch.manual_seed(seed)
    tensors = random_potentials(sum(lengths), 4 * n_labels + 1, spread=spread, dtype=torch.float32)
    return TagScores(tuple(tensors), np.ones(sum(lengths), bool), ints(*lengths))


def decode_whole(scores: TagScores, allowed: Transitions) -> Decoded:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoders, "cut", lambda lengths, *_: whole(lengths))
        return crf(scores, allowed)


def assert_decoded_alike(found: Decoded, expected: Decoded) -> None:
    assert found.tags.tolist() == expected.tags.tolist()
    for array, other in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_allclose(array, other, atol=1e-5)


@pytest.mark.parametrize("n_labels, spread", [(1, 0.1), (2, 1.5), (2, 5.0), (15, 1.5)])
def test_segments_are_decoded_as_the_whole_sequence_is(n_labels, spread, monkeypatch):
    scores, allowed = long_scores(n_labels, 0, spread), all_tags(n_labels, "BILUO").allowed
    expected = decode_whole(scores, allowed)
    assert_decoded_alike(crf(scores, allowed), expected)
    monkeypatch.setattr(decoders, "MAX_ROWS", 300)
    assert_decoded_alike(crf(scores, allowed), expected)


def test_segments_that_contradict_each_other_are_decoded_again_as_a_whole(monkeypatch):
    # Nothing is known but at both ends of the Doc, and entities never end by themselves: what comes in between is
    # decided hundreds of tokens away, where no segment looks.
    zeros = torch.zeros(5)
    between = torch.full((5, 5), -20.0)
    between[I, I] = between[O, O] = 0.0
    between[B, I] = between[I, L] = 0.0
    logits = torch.zeros(600, 5)
    logits[0, B] = logits[-1, L] = 15.0
    scores = TagScores((logits, zeros, zeros, between), np.ones(600, bool), ints(600))
    calls = []
    monkeypatch.setattr(decoders, "whole", lambda lengths: calls.append(lengths.tolist()) or whole(lengths))
    decoded = crf(scores, ALLOWED)
    assert calls == [[600]]
    assert decoded.tags.tolist() == [B] + [I] * 598 + [L]
    assert_decoded_alike(decoded, decode_whole(scores, ALLOWED))


def test_sure_segments_are_not_decoded_again(monkeypatch):
    monkeypatch.setattr(decoders, "whole", lambda lengths: pytest.fail("decoded again"))
    monkeypatch.setattr(decoders, "SIZES", decoders.SIZES[:1])
    crf(long_scores(2, 0, 5.0), all_tags(2, "BILUO").allowed)


def test_segments_that_need_it_get_longer_leads(monkeypatch):
    sizes = []
    monkeypatch.setattr(decoders, "SIZES", ((64, 1), (64, 60)))
    monkeypatch.setattr(decoders, "whole", lambda lengths: pytest.fail("decoded as a whole"))
    monkeypatch.setattr(decoders, "cut", lambda lengths, *a, **k: sizes.append(len(lengths)) or cut(lengths, *a, **k))
    scores, allowed = long_scores(2, 0, 1.0), all_tags(2, "BILUO").allowed
    found = crf(scores, allowed)
    assert sizes == [6, 4]
    assert_decoded_alike(found, decode_whole(scores, allowed))


@pytest.mark.parametrize("n_labels", [12, 14])
def test_blocks_of_tag_pairs_give_what_all_pairs_give(n_labels):
    allowed = all_tags(n_labels, "BILUO").allowed
    assert len(allowed.blocks) == 2
    lengths = [5, 1, 0, 9]
    scores = make_scores(lengths, 0, n_tags=4 * n_labels + 1)
    assert_decoded_alike(crf(scores, allowed), crf(scores, allowed._replace(blocks=())))
    gold = ints(*([0] * 15))
    for annotated in (gold, np.where(np.arange(15) % 2, gold, MISSING)):
        found = crf_likelihood(scores, annotated, allowed)
        expected = crf_likelihood(scores, annotated, allowed._replace(blocks=()))
        assert found.value == pytest.approx(expected.value, abs=1e-9)
        for gradient, other in zip(found.gradients, expected.gradients, strict=True):
            torch.testing.assert_close(gradient, other)


def test_scores_out_of_the_range_of_single_precision_are_computed_again():
    # All others are far below I, which can't stand alone: U has exp(10) times the weight of O, alone and in company.
    zeros = (torch.zeros(5), torch.zeros(5), torch.full((5, 5), -150.0))
    alone = torch.tensor([[-60.0, -60, 0, -60, -50]])
    expected = 1 / (1 + np.exp(-10))
    for logits, lengths in ((alone, ints(1)), (torch.cat([alone, torch.zeros(2, 5)]), ints(1, 2))):
        decoded = crf(TagScores((logits, *zeros), np.ones(len(logits), bool), lengths), ALLOWED)
        assert decoded.tags[0] == U
        found = entity_scores(decoded, Entities(ints(0), ints(0), ints(0)))
        assert found.tolist() == pytest.approx([expected], abs=1e-6)


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
