"""Pairs of segments of Docs, with exact pieces."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.pieces.pieces import Pieces
from spacy_bert_ext.pieces.sentence_pairs import NEXT, RANDOM, PairBatches, SentencePairs, pair_sentences
from spacy_bert_ext.pieces.special_pieces import SpecialPieces, TokenTypes
from spacy_bert_ext.pieces.windows import make_windows
from tests.tiny import make_docs

CLS, SEP, PAD = 1, 2, 0
TYPES = TokenTypes(before=[0], first=0, between=[0], second=1, after=[1])
SPECIAL = SpecialPieces([CLS], [SEP], between=[SEP], pad=PAD, types=TYPES)

Sentences = list[list[int]]  # of a Doc, pieces of each token


def pieces_of(docs: list[Sentences]) -> tuple[Pieces, np.ndarray]:
    """Pieces numbered from 100 on, those of the next Doc from 200 on; and where sentences begin."""
    per_token = [n for doc in docs for sentence in doc for n in sentence]
    per_doc = [sum(map(sum, doc)) for doc in docs]
    starts = [i == 0 for doc in docs for sentence in doc for i in range(len(sentence))]
    ids = [100 * (i + 1) + j for i, n in enumerate(per_doc) for j in range(n)]
    return Pieces(
        ids=np.array(ids, dtype=np.int64),
        per_token=np.array(per_token, dtype=np.int64),
        per_doc=np.array(per_doc, dtype=np.int64),
        tokens_per_doc=np.array([sum(map(len, doc)) for doc in docs], dtype=np.int64),
        taggable=np.ones(len(per_token), np.bool_),
        tokens=np.zeros((len(per_token), 2), np.uint64),
    ), np.array(starts, dtype=np.bool_)


def pair(docs: list[Sentences], *, seed: int = 0, capacity: int = 100) -> SentencePairs:
    pieces, starts = pieces_of(docs)
    return pair_sentences(pieces, starts, special=SPECIAL, capacity=capacity, generator=np.random.default_rng(seed))


def texts_of(read: SentencePairs) -> list[list[int]]:
    return [part.tolist() for part in np.split(read.pieces.ids, np.cumsum(read.pieces.per_doc)[:-1])]


def test_a_doc_alone_is_cut_where_its_sentence_begins() -> None:
    read = pair([[[1, 1], [2, 1, 1]]])
    # Two to three of the four pieces of the second part are read: those of its first or its first two tokens.
    (text,) = texts_of(read)
    assert text in ([100, 101, SEP, 102, 103], [100, 101, SEP, 102, 103, 104])
    assert read.pairs.tolist() == [0] and read.labels.tolist() == [NEXT]
    assert read.types.tolist() == [0, 0, 0] + [1] * (len(text) - 3)
    assert read.tokens.tolist() == [0, 1, -1, *range(2, len(read.tokens) - 1)]
    assert read.pieces.per_token.tolist() == [1, 1, 1, 2, 1, 1][: len(read.tokens)]


def test_a_doc_of_one_sentence_is_read_as_it_is() -> None:
    read = pair([[[1, 2]], [], [[1]]])
    assert texts_of(read) == [[100, 101, 102], [], [300]]
    assert not len(read.pairs) and not read.types.any()
    assert read.tokens.tolist() == [0, 1, 0]


def test_half_of_the_second_parts_are_those_of_other_docs() -> None:
    docs = [[[1], [1] * 6] for _ in range(8)]
    labels, partners = [], set()
    for seed in range(50):
        read = pair(docs, seed=seed)
        for doc, (text, label) in enumerate(zip(texts_of(read), read.labels.tolist())):
            assert text[:2] == [100 * (doc + 1), SEP]
            assert 3 <= len(text) - 2 <= 5  # from a half of the six pieces on, but not all
            (source,) = {piece // 100 - 1 for piece in text[2:]}
            assert text[2:] == list(range(100 * (source + 1) + 1, 100 * (source + 1) + len(text) - 1))
            assert (source == doc) == (label == NEXT)
            labels.append(label)
            partners.add(source - doc)
        assert read.tokens[read.tokens > 0].max(initial=0) <= 6
    assert 0.4 < np.mean(np.array(labels) == RANDOM) < 0.6
    assert len(partners) == 15


def test_lengths_do_not_tell_whether_it_is_the_next() -> None:
    docs = [[[1], [1] * n] for n in (4, 40) * 20]
    lengths: dict[int, list[int]] = {NEXT: [], RANDOM: []}
    for seed in range(100):
        read = pair(docs, seed=seed)
        for text, label in zip(texts_of(read), read.labels.tolist()):
            lengths[label].append(len(text))
    for quantile in (0.1, 0.5, 0.9):
        found, expected = (np.quantile(lengths[label], quantile) for label in (NEXT, RANDOM))
        assert abs(found - expected) <= 1
    assert abs(np.mean(lengths[NEXT]) - np.mean(lengths[RANDOM])) < 0.5


def test_what_leaves_no_room_for_a_second_part_is_not_cut() -> None:
    assert not len(pair([[[9], [1, 1]]], capacity=10).pairs)
    assert texts_of(pair([[[8], [1, 1, 1]]], capacity=10))[0][:9] == [*range(100, 108), SEP]
    # A token of more pieces than there is room for.
    assert not len(pair([[[4], [9]]], capacity=10).pairs)
    # Segments without pieces.
    assert not len(pair([[[0], [1]]]).pairs)
    assert not len(pair([[[1], [0, 0]]]).pairs)


DOC = st.lists(st.lists(st.integers(0, 4), min_size=1, max_size=6), max_size=4)


@given(st.lists(DOC, min_size=1, max_size=6), st.integers(4, 20), st.integers(0, 1000))
def test_batches_are_what_was_paired(docs: list[Sentences], window: int, seed: int) -> None:
    read = pair(docs, seed=seed, capacity=window - 3)
    own = make_docs(*(" ".join("x" for sentence in doc for _ in sentence) for doc in docs))
    windows = make_windows(own, read.pieces, capacity=window - 2, overlap=0)
    batches = PairBatches(read, read.pieces, windows, special=SPECIAL, limit=None)
    assert int(batches.lengths.max()) <= window
    assert all(windows.per_doc[doc] == 1 for doc in read.pairs)
    batch = batches.make(np.arange(len(batches.lengths)))
    is_pair = np.repeat(np.isin(np.arange(len(docs)), read.pairs), windows.per_doc)
    for row, types, mask, with_two in zip(batch.ids, batch.types, batch.mask, is_pair):
        ids = row[: mask.sum()].tolist()
        assert ids[0] == CLS and ids[-1] == SEP and not row[mask.sum() :].any() and not types[mask.sum() :].any()
        if with_two:
            border = ids.index(SEP)
            assert border < len(ids) - 1
            assert types[: len(ids)].tolist() == [0] * (border + 1) + [1] * (len(ids) - border - 1)
        else:
            assert ids.count(SEP) == 1 and not types.any()
    owned = batch.ids.reshape(-1)[batch.sources]
    assert owned.tolist() == read.pieces.ids[batch.targets].tolist()
    assert sorted(batch.targets.tolist()) == list(range(len(read.pieces.ids)))


def test_without_token_types_there_are_none() -> None:
    pieces, starts = pieces_of([[[1], [1, 1]]])
    special = SPECIAL._replace(types=None)
    read = pair_sentences(pieces, starts, special=special, capacity=20, generator=np.random.default_rng(0))
    windows = make_windows(make_docs("x x x"), read.pieces, capacity=20, overlap=0)
    assert PairBatches(read, read.pieces, windows, special=special, limit=None).make(np.array([0])).types is None
