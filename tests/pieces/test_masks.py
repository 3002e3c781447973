"""Shares are counted over 100,000 places; what must never happen never does."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.arrays.ragged import rows_of, starts_of
from spacy_bert_ext.pieces.masks import Masking, Vocabulary, mask_pieces
from spacy_bert_ext.pieces.pieces import Pieces
from tests.coded import raises_code

MASK, N_PIECES = 4, 1000
VOCABULARY = Vocabulary(MASK, is_special=np.arange(N_PIECES) < 5)


def pieces_of(ids: np.ndarray, per_token: np.ndarray) -> Pieces:
    n_tokens = len(per_token)
    return Pieces(
        ids=ids,
        per_token=per_token,
        per_doc=np.array([len(ids)]),
        tokens_per_doc=np.array([n_tokens]),
        taggable=per_token > 0,
        tokens=np.zeros((n_tokens, 2), np.uint64),
    )


def many_pieces(n_tokens: int = 50_000) -> Pieces:
    generator = np.random.default_rng(0)
    per_token = generator.integers(0, 5, n_tokens)
    ids = generator.integers(5, N_PIECES, per_token.sum())
    ids[generator.random(len(ids)) < 0.01] = 1  # the unknown piece
    return pieces_of(ids, per_token)


@pytest.mark.parametrize("by", ["piece", "token"])
@pytest.mark.parametrize(("share", "masked", "random"), [(0.15, 0.8, 0.1), (0.4, 0.5, 0.25), (1.0, 1.0, 0.0)])
def test_shares_are_those_of_the_settings(by, share, masked, random):
    pieces = many_pieces(round(54_000 / share))
    found = mask_pieces(pieces, Masking(share, by, masked, random), VOCABULARY, np.random.default_rng(1))
    unit = rows_of(pieces.per_token) if by == "token" else np.arange(len(pieces.ids))
    special = np.isin(unit, unit[pieces.ids < 5])
    units, chosen_units = np.unique(unit[~special]), np.unique(unit[found.places])
    assert len(found.places) > 100_000

    def check(count: int, n: int, expected: float) -> None:
        assert abs(count - n * expected) <= 4 * np.sqrt(n * expected * (1 - expected)) + 1e-9

    check(len(chosen_units), len(units), share)
    now, before = found.pieces.ids[found.places], pieces.ids[found.places]
    first = np.unique(unit[found.places], return_index=True)[1]  # one piece of each unit has its fate
    check((now[first] == MASK).sum(), len(first), masked)
    # One of so many random pieces is the right one by chance.
    check(((now != MASK) & (now != before))[first].sum(), len(first), random * (1 - 1 / (N_PIECES - 5)))


@pytest.mark.parametrize("by", ["piece", "token"])
def test_special_pieces_are_neither_chosen_nor_drawn(by):
    pieces = many_pieces()
    found = mask_pieces(pieces, Masking(0.5, by, 0.4, 0.5), VOCABULARY, np.random.default_rng(1))
    assert not (found.targets < 5).any()
    now = found.pieces.ids[found.places]
    assert set(now[now < 5].tolist()) == {MASK}
    assert set(now.tolist()) == {MASK, *range(5, N_PIECES)}  # all others are drawn


def test_all_pieces_of_a_token_share_one_fate():
    pieces = many_pieces()
    found = mask_pieces(pieces, Masking(0.3, "token"), VOCABULARY, np.random.default_rng(1))
    token = rows_of(pieces.per_token)
    chosen = np.zeros(len(pieces.ids), bool)
    chosen[found.places] = True
    is_mask = found.pieces.ids == MASK
    for array in (chosen, is_mask):
        counts = np.bincount(token, array, minlength=len(pieces.per_token))
        assert set(np.unique(counts[pieces.per_token > 0] / pieces.per_token[pieces.per_token > 0])) <= {0.0, 1.0}


def test_a_token_with_an_unknown_piece_is_left_alone():
    pieces = pieces_of(np.array([7, 1, 8, 9]), np.array([3, 1]))
    found = mask_pieces(pieces, Masking(1.0, "token", 1.0, 0.0), VOCABULARY, np.random.default_rng(0))
    assert found.places.tolist() == [3] and found.targets.tolist() == [9]
    assert found.pieces.ids.tolist() == [7, 1, 8, MASK]


def test_by_hand():
    class Given:
        """Draws: whether it is chosen, its fate, the random piece."""

        def random(self, shape):
            assert shape == (5, 3)
            return np.array([[0.1, 0.9, 0], [0.1, 0.0, 0], [0.2, 0, 0], [0.0, 0.85, 0.0], [0.0, 0.89, 0.9999]])

    pieces = pieces_of(np.array([10, 11, 12, 13, 14]), np.array([1, 2, 0, 2]))
    by_piece = mask_pieces(pieces, Masking(), VOCABULARY, Given())
    assert by_piece.places.tolist() == [0, 1, 3, 4] and by_piece.targets.tolist() == [10, 11, 13, 14]
    assert by_piece.pieces.ids.tolist() == [10, MASK, 12, 5, 999]
    by_token = mask_pieces(pieces, Masking(by="token"), VOCABULARY, Given())
    assert by_token.places.tolist() == [0, 1, 2, 3, 4]
    assert by_token.pieces.ids.tolist() == [10, MASK, MASK, 5, 999]


@given(st.lists(st.integers(0, 4), max_size=20), st.integers(0, 99), st.sampled_from(["piece", "token"]))
def test_what_is_not_chosen_stays(per_token, seed, by):
    generator = np.random.default_rng(seed)
    pieces = pieces_of(generator.integers(0, N_PIECES, sum(per_token)), np.array(per_token, np.int64))
    found = mask_pieces(pieces, Masking(by=by), VOCABULARY, generator)
    others = np.setdiff1d(np.arange(len(pieces.ids)), found.places)
    assert np.array_equal(found.pieces.ids[others], pieces.ids[others])
    assert np.array_equal(found.targets, pieces.ids[found.places])
    assert np.array_equal(starts_of(found.pieces.per_token), starts_of(pieces.per_token))


@pytest.mark.parametrize(
    ("settings", "code", "named"),
    [
        ({"share": 0.0}, "B012", "`mask_share = 0.0`"),
        ({"share": 1.1}, "B012", "mask_share"),
        ({"by": "word"}, "B010", "piece, token"),
        ({"masked": 1.5}, "B012", "`masked = 1.5`"),
        ({"masked": 0.8, "random": 0.3}, "B012", "1 - masked"),
    ],
)
def test_illegal_settings(settings, code, named):
    with raises_code(code) as caught:
        Masking(**settings).check()
    assert named in str(caught.value)
