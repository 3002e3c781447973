"""Windows on hand-worked cases, and what holds for all of them."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bert_ext.arrays.ragged import starts_of
from spacy_bert_ext.pieces.pieces import Pieces
from spacy_bert_ext.pieces.windows import make_windows, owned_pieces, split


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def make_pieces(*docs: list[int]) -> Pieces:
    """Pieces of Docs given as numbers of pieces of each token."""
    per_token = ints(*(count for doc in docs for count in doc))
    per_doc = ints(*(sum(doc) for doc in docs))
    return Pieces(
        np.arange(per_token.sum()),
        per_token,
        per_doc,
        ints(*map(len, docs)),
        per_token > 0,
        np.zeros((len(per_token), 2), np.uint64),
    )


def make_doc(n_tokens: int, sentences: tuple[int, ...] = ()) -> Doc:
    """A Doc whose sentences begin at these tokens; none for one whose sentences nobody knows."""
    starts = [1 if i in (0, *sentences) else -1 for i in range(n_tokens)] if sentences else None
    return Doc(Vocab(), words=["a"] * n_tokens, sent_starts=starts)


def test_windows_without_overlap_stand_side_by_side():
    # pieces   0 1 2 3 4 5 6 7 8 9     every piece a token
    #         [0 1 2 3]
    #                 [4 5 6 7]
    #                         [8 9]
    spans = split(10, np.arange(1, 10), ints(), capacity=4, overlap=0)
    assert spans.tolist() == [[0, 4], [4, 8], [8, 10]]
    assert owned_pieces(spans, np.arange(1, 10)).tolist() == [[0, 4], [4, 8], [8, 10]]


def test_vectors_change_over_in_the_middle_of_an_overlap():
    # pieces   0 1 2 3 4 5 6 7 8 9
    #         [0 1 2 . ]
    #             [. 3 4 . ]
    #                 [. 5 6 . ]
    #                     [. 7 8 9]
    spans = split(10, np.arange(1, 10), ints(), capacity=4, overlap=2)
    assert spans.tolist() == [[0, 4], [2, 6], [4, 8], [6, 10]]
    assert owned_pieces(spans, np.arange(1, 10)).tolist() == [[0, 3], [3, 5], [5, 7], [7, 10]]


def test_a_doc_that_just_fits_has_one_window():
    assert split(4, np.arange(1, 4), ints(2), capacity=4, overlap=2).tolist() == [[0, 4]]
    assert split(5, np.arange(1, 5), ints(), capacity=4, overlap=2).tolist() == [[0, 4], [2, 5]]


def test_a_window_ends_at_the_last_sentence_start_of_its_second_half():
    # pieces    0 1 2 3 4 5 6 7 8 9      sentences begin at 2, 4 and 5
    #          [0 1|2 3|4]|
    #                     [5 6 7 8 9]
    spans = split(10, np.arange(1, 10), ints(2, 4, 5), capacity=6, overlap=0)
    assert spans.tolist() == [[0, 5], [5, 10]]


def test_a_sentence_start_in_the_first_half_does_not_end_a_window():
    # A window of 3 pieces would be half empty: it goes on to the last token that fits.
    spans = split(10, ints(1, 3, 5, 8), ints(3), capacity=6, overlap=0)
    assert spans.tolist() == [[0, 5], [5, 10]]


def test_without_sentences_a_window_ends_where_a_token_ends():
    # pieces   0 1 2 3 4 5 6 7 8 9       tokens begin at 2, 3, 5 and 8
    #         [0 1 2 3 4]
    #                   [5 6 7 8 9]
    assert split(10, ints(2, 3, 5, 8), ints(), capacity=6, overlap=0).tolist() == [[0, 5], [5, 10]]


def test_a_token_longer_than_a_window_is_split():
    # pieces   0 1 2 3 4 5 6 7 8 9       tokens begin at 1 and 9
    #         [0 1 2 3]
    #                 [4 5 6 7]
    #                         [8 9]
    assert split(10, ints(1, 9), ints(), capacity=4, overlap=0).tolist() == [[0, 4], [4, 8], [8, 10]]


def test_a_split_token_is_seen_with_overlap():
    # pieces   0 1 2 3 4 5 6 7 8 9       tokens begin at 1 and 9
    #         [0 1 2 3]
    #               [. 4 5 6]
    #                     [. 7 8 9]
    spans = split(10, ints(1, 9), ints(), capacity=4, overlap=1)
    assert spans.tolist() == [[0, 4], [3, 7], [6, 10]]
    assert owned_pieces(spans, ints(1, 9)).tolist() == [[0, 4], [4, 7], [7, 10]]


def test_a_window_starts_where_a_token_starts():
    # Two pieces of overlap would begin inside the token of pieces 3 and 4: the next window begins at piece 5.
    #         [0 1 2 3 4 5]
    #                   [5 6 7 8]
    assert split(9, ints(3, 5, 6, 7), ints(), capacity=6, overlap=2).tolist() == [[0, 6], [5, 9]]


def test_the_change_over_does_not_part_a_token():
    # pieces    0 1 2 3 4 5 6 7          tokens begin at 2 and 5, the middle of the overlap is 4
    #          [0 1 2 3 4 .]
    #              [. . . 5 6 7]
    assert owned_pieces(ints(0, 6, 2, 8).reshape(2, 2), ints(2, 5)).tolist() == [[0, 5], [5, 8]]
    assert owned_pieces(ints(0, 6, 2, 8).reshape(2, 2), ints(3, 6)).tolist() == [[0, 3], [3, 8]]


def test_windows_of_several_docs_follow_each_other():
    # Doc 0: 2 pieces; Doc 1: none; Doc 2: 7 pieces, of which 3 fit; Doc 3: no tokens; Doc 4: 3 pieces
    docs = [make_doc(2), make_doc(1), make_doc(5), make_doc(0), make_doc(3)]
    pieces = make_pieces([1, 1], [0], [2, 1, 1, 1, 2], [], [1, 0, 2])
    windows = make_windows(docs, pieces, capacity=3, overlap=1)
    # Doc 2 is pieces 2 to 8: [2 3 4] [4 5 6] [6 7 8], tokens begin at 4, 5, 6 and 7
    #   The overlaps are 4 and 6; the middle of the first, 5 after rounding up, is where a token begins.
    assert windows.start.tolist() == [0, 2, 2, 4, 6, 9, 9]
    assert windows.end.tolist() == [2, 2, 5, 7, 9, 9, 12]
    assert windows.own_start.tolist() == [0, 2, 2, 5, 7, 9, 9]
    assert windows.own_end.tolist() == [2, 2, 5, 7, 9, 9, 12]
    assert windows.per_doc.tolist() == [1, 1, 3, 1, 1]


def test_sentences_of_the_doc_are_respected():
    # Tokens of two pieces; a sentence begins at token 2, that is at piece 4.
    doc, pieces = make_doc(5, sentences=(2,)), make_pieces([2, 2, 2, 2, 2])
    assert make_windows([doc], pieces, capacity=6, overlap=0).end.tolist() == [4, 10]
    assert make_windows([make_doc(5)], pieces, capacity=6, overlap=0).end.tolist() == [6, 10]


def test_no_docs_have_no_windows():
    windows = make_windows([], make_pieces(), capacity=4, overlap=1)
    assert [array.tolist() for array in windows] == [[], [], [], [], []]


@st.composite
def cut_docs(draw):
    capacity = draw(st.integers(2, 12))
    overlap = draw(st.integers(0, capacity // 2))
    token = st.one_of(st.integers(0, 3), st.integers(0, 30))
    docs = draw(st.lists(st.lists(token, max_size=30), max_size=4))
    sentences = [tuple(draw(st.sets(st.integers(1, max(1, len(doc) - 1)), max_size=5))) for doc in docs]
    return docs, sentences, capacity, overlap


@given(cut_docs())
def test_windows_keep_their_promises(case):
    docs, sentences, capacity, overlap = case
    pieces = make_pieces(*docs)
    windows = make_windows(
        [make_doc(len(d), s) for d, s in zip(docs, sentences)], pieces, capacity=capacity, overlap=overlap
    )
    # Own ranges are a partition of all pieces, in their order, inside of what the window sees.
    owned = [np.arange(a, b) for a, b in zip(windows.own_start, windows.own_end)]
    assert np.concatenate([ints(), *owned]).tolist() == list(range(len(pieces.ids)))
    assert (windows.start <= windows.own_start).all() and (windows.own_end <= windows.end).all()
    assert (windows.end - windows.start <= capacity).all()
    assert len(windows.per_doc) == len(docs) and (windows.per_doc >= 1).all()
    assert windows.per_doc.sum() == len(windows.start)
    first_windows, first_pieces = starts_of(windows.per_doc), starts_of(pieces.per_doc)
    for i, doc in enumerate(docs):
        own = slice(first_windows[i], first_windows[i] + windows.per_doc[i])
        starts, ends = (array[own] - first_pieces[i] for array in (windows.start, windows.end))
        check_doc(starts.tolist(), ends.tolist(), doc, sentences[i], capacity, overlap)


def check_doc(starts, ends, doc, sentences, capacity, overlap):
    """No window sees another Doc; all but the last are at least half full, and break where the text does."""
    token_starts = [sum(doc[:i]) for i in range(1, len(doc))]
    sentence_starts = {sum(doc[:i]) for i in sentences if i < len(doc)}
    assert starts[0] == 0 and ends[-1] == sum(doc)
    if len(starts) == 1:
        assert sum(doc) <= capacity
    for start, end, following in zip(starts, ends, starts[1:]):
        possible = range(start + capacity // 2 + 1, start + capacity + 1)
        assert end in possible
        if sentence_starts & set(possible):
            assert end in sentence_starts
        elif set(token_starts) & set(possible):
            assert end in token_starts
        else:
            assert end == start + capacity
        assert end - overlap <= following <= end


@pytest.mark.parametrize("n_tokens", [100_000])
def test_a_very_long_doc_is_cut(n_tokens):
    pieces = make_pieces([1] * n_tokens)
    windows = make_windows([make_doc(n_tokens)], pieces, capacity=254, overlap=32)
    # Each window but the last brings 222 new pieces.
    assert len(windows.start) == -(-(n_tokens - 254) // 222) + 1
    assert windows.own_end[-1] == n_tokens
