"""Batches of pieces wherever they come from."""

import numpy as np
import pytest

from spacy_bert_ext.pieces.batches import Batches
from spacy_bert_ext.pieces.pairs import make_pair_windows
from spacy_bert_ext.pieces.pieces import Pieces
from spacy_bert_ext.pieces.special_pieces import SpecialPieces, TokenTypes
from spacy_bert_ext.pieces.tokens import tokens_of_all
from spacy_bert_ext.pieces.windows import make_windows
from tests.tiny import make_docs

CLS, SEP, PAD, MASK = 101, 102, 0, 103
SPECIAL = SpecialPieces([CLS], [SEP], [SEP], PAD, TokenTypes([0], 0, [0], 1, [1]))
DOCS = make_docs("a b", "c d e f", "g", "h i")


def pieces_of(docs) -> Pieces:
    """One piece for each token, numbered from 1 on."""
    lengths = np.array([len(doc) for doc in docs])
    n_tokens = int(lengths.sum())
    ones = np.ones(n_tokens, dtype=np.int64)
    return Pieces(np.arange(1, n_tokens + 1), ones, lengths, lengths, ones.astype(bool), tokens_of_all(docs))


def test_a_batch_holds_windows_of_one_text():
    pieces = pieces_of(DOCS)
    batches = Batches(pieces, make_windows(DOCS, pieces, capacity=3, overlap=1), special=SPECIAL, limit=None)
    assert batches.lengths.tolist() == [4, 5, 4, 3, 4]
    batch = batches.make(np.array([1, 2, 3]))
    assert batch.ids.tolist() == [[CLS, 3, 4, 5, SEP, PAD], [CLS, 5, 6, SEP, PAD, PAD], [CLS, 7, SEP, PAD, PAD, PAD]]
    assert batch.mask.tolist() == [[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 0, 0], [1, 1, 1, 0, 0, 0]]
    assert batch.own is batch.mask and batch.types is None
    # Where windows overlap, each vector is taken from one of them.
    assert sorted(batch.targets.tolist()) == [2, 3, 4, 5, 6]
    assert batch.ids.reshape(-1)[batch.sources].tolist() == pieces.ids[batch.targets].tolist()


def test_masked_pieces_are_batched_as_they_are():
    pieces = pieces_of(DOCS)
    masked = pieces._replace(ids=np.where(pieces.ids % 3 == 0, MASK, pieces.ids))
    windows = make_windows(DOCS, pieces, capacity=6, overlap=0)
    batches = [Batches(of, windows, special=SPECIAL, limit=None).make(np.arange(4)) for of in (pieces, masked)]
    assert np.where(np.isin(batches[0].ids, [3, 6, 9]), MASK, batches[0].ids).tolist() == batches[1].ids.tolist()
    for plain, hidden in zip(batches[0][2:6], batches[1][2:6]):
        assert plain.tolist() == hidden.tolist()


def make_pairs(docs=DOCS, *, capacity: int = 20, special: SpecialPieces = SPECIAL, cut: str = "second") -> Batches:
    pieces = pieces_of(docs)
    windows, whole = make_pair_windows(docs, pieces, capacity=capacity, overlap=1, cut=cut)
    return Batches(pieces, windows, special=special, limit=None, whole=whole)


def test_two_texts_stand_in_one_window():
    batches = make_pairs()
    assert batches.lengths.tolist() == [9, 6]
    batch = batches.make(np.array([0, 1]))
    assert batch.ids.tolist() == [
        [CLS, 1, 2, SEP, 3, 4, 5, 6, SEP, PAD],
        [CLS, 7, SEP, 8, 9, SEP, PAD, PAD, PAD, PAD],
    ]
    assert batch.types.tolist() == [[0, 0, 0, 0, 1, 1, 1, 1, 1, 0], [0, 0, 0, 1, 1, 1, 0, 0, 0, 0]]
    assert batch.mask.tolist() == [[1] * 9 + [0], [1] * 6 + [0] * 4]
    # The vectors of all pieces are taken.
    assert sorted(batch.targets.tolist()) == list(range(9))
    assert batch.ids.reshape(-1)[batch.sources].tolist() == batches.pieces.ids[batch.targets].tolist()


def test_a_long_second_text_has_several_windows_that_all_see_the_first():
    batches = make_pairs(capacity=4)  # the first pair leaves room for two pieces of its second text
    assert batches.windows.per_doc.tolist() == [0, 3, 0, 1]
    batch = batches.make(np.arange(4))
    assert batch.ids[:, :6].tolist() == [
        [CLS, 1, 2, SEP, 3, 4],
        [CLS, 1, 2, SEP, 4, 5],
        [CLS, 1, 2, SEP, 5, 6],
        [CLS, 7, SEP, 8, 9, SEP],
    ]
    # Vectors of the first text are taken from its first window alone.
    assert sorted(batch.targets.tolist()) == list(range(9))
    assert batch.sources[batch.targets < 2].tolist() == [1, 2]


def test_a_long_first_text_has_several_windows_that_all_see_the_second():
    batches = make_pairs(make_docs("c d e f", "a b", "g", "h i"), capacity=4, cut="longer")
    assert batches.windows.per_doc.tolist() == [3, 0, 0, 1]
    batch = batches.make(np.arange(4))
    assert batch.ids[:, :7].tolist() == [
        [CLS, 1, 2, SEP, 5, 6, SEP],
        [CLS, 2, 3, SEP, 5, 6, SEP],
        [CLS, 3, 4, SEP, 5, 6, SEP],
        [CLS, 7, SEP, 8, 9, SEP, PAD],
    ]
    assert batch.types[:, :7].tolist() == [[0, 0, 0, 0, 1, 1, 1]] * 3 + [[0, 0, 0, 1, 1, 1, 0]]
    # Vectors of the second text are taken from its first window alone.
    assert sorted(batch.targets.tolist()) == list(range(9))
    assert batch.sources[np.isin(batch.targets, [4, 5])].tolist() == [4, 5]
    assert batch.ids.reshape(-1)[batch.sources].tolist() == batches.pieces.ids[batch.targets].tolist()


@pytest.mark.parametrize("docs", [DOCS, make_docs("c d e f", "a b", "g", "h i")])
def test_slots_are_where_texts_stand(docs):
    batches = make_pairs(docs, capacity=4, cut="longer")
    batch = batches.make(np.array([1, 0, 3, 2]))
    slots = batches.slots(batch)
    assert batch.ids.reshape(-1)[slots.places].tolist() == batches.pieces.ids[slots.pieces].tolist()
    assert (slots.places // batch.ids.shape[1]).tolist() == slots.rows.tolist()
    assert len(slots.places) == ((batch.ids > 0) & (batch.ids < CLS)).sum()
    assert [(starts.tolist(), ends.tolist()) for starts, ends in batches.segments(np.array([3]))] == [
        ([7], [9]),
        ([6], [7]),
    ]


def test_slots_of_one_text():
    pieces = pieces_of(DOCS)
    batches = Batches(pieces, make_windows(DOCS, pieces, capacity=3, overlap=1), special=SPECIAL, limit=None)
    slots = batches.slots(batches.make(np.array([1, 3])))
    assert [array.tolist() for array in slots] == [[1, 2, 3, 7], [2, 3, 4, 6], [0, 0, 0, 1]]


def test_a_checkpoint_without_token_types_is_given_none():
    batch = make_pairs(special=SPECIAL._replace(between=[SEP, SEP], types=None)).make(np.array([1]))
    assert batch.ids.tolist() == [[CLS, 7, SEP, SEP, 8, 9, SEP, PAD]]
    assert batch.types is None


@pytest.mark.parametrize("places", [[0], [1, 0], [1]])
def test_windows_may_come_in_any_order(places):
    batches = make_pairs()
    batch = batches.make(np.array(places))
    assert batch.windows.tolist() == places
    assert batch.ids.reshape(-1)[batch.sources].tolist() == batches.pieces.ids[batch.targets].tolist()
