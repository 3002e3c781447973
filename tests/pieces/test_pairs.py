"""Windows of two texts; how they become batches is shown in `test_batches.py`."""

import pytest

from spacy_bert_ext.pieces.pairs import make_pair_windows
from tests.coded import raises_code
from tests.pieces.test_batches import pieces_of
from tests.tiny import make_docs


def windows_of(*texts: str, capacity: int, overlap: int = 0, **settings):
    docs = make_docs(*texts)
    return make_pair_windows(docs, pieces_of(docs), capacity=capacity, overlap=overlap, **settings)


def test_windows_are_those_of_the_second_texts():
    windows, whole = windows_of("a b", "c d e f g", "", "h", capacity=5)
    assert windows.per_doc.tolist() == [0, 2, 0, 1]
    assert list(zip(windows.start.tolist(), windows.end.tolist())) == [(2, 5), (5, 7), (7, 8)]
    assert list(zip(whole.start.tolist(), whole.end.tolist())) == [(0, 2), (0, 2), (7, 7)]
    assert whole.is_owned.tolist() == [True, False, True] and whole.is_first.all()


def test_of_pairs_that_do_not_fit_the_longer_text_is_cut():
    texts = ("a b", "c d e", "f g h i j", "k l", "m n", "o p q r s", "t u v", "w x y")
    windows, whole = windows_of(*texts, capacity=5, cut="longer")
    assert windows.per_doc.tolist() == [0, 1, 2, 0, 0, 2, 0, 2]
    assert list(zip(windows.start.tolist(), windows.end.tolist())) == [
        (2, 5),
        *((5, 8), (8, 10)),
        *((14, 17), (17, 19)),
        *((22, 24), (24, 25)),
    ]
    starts = [0, 10, 10, 12, 12, 19, 19]
    assert whole.start.tolist() == starts
    assert (whole.end - whole.start).tolist() == [2, 2, 2, 2, 2, 3, 3]
    assert whole.is_first.tolist() == [True, False, False, True, True, True, True]
    assert whole.is_owned.tolist() == [True, True, False, True, False, True, False]


def test_the_overlap_is_less_where_the_first_text_leaves_little_room():
    windows, _ = windows_of("a b c", "d e f g", capacity=5, overlap=2)
    assert list(zip(windows.start.tolist(), windows.end.tolist())) == [(3, 5), (4, 6), (5, 7)]


def test_no_pairs_have_no_windows():
    windows, whole = windows_of(capacity=5)
    assert len(windows.start) == len(whole.start) == len(windows.per_doc) == 0


@pytest.mark.parametrize("texts", [("a",), ("a", "b", "c")])
def test_a_first_text_without_a_second_one_is_refused(texts):
    with raises_code("B292", match=str(len(texts))):
        windows_of(*texts, capacity=5)


def test_a_first_text_that_leaves_no_room_is_refused():
    with raises_code("B293", match="'a b c d ?'.* 4 pieces.*only 3"):
        windows_of("x", "y", "a b c d", "e", capacity=5)


@pytest.mark.parametrize("texts", [("a b c d ?", "e f g h i"), ("e f g h i", "a b c d ?")])
def test_two_long_texts_are_refused(texts):
    with raises_code("B450", match="5 pieces.*most 3"):
        windows_of("x", "y", *texts, capacity=5, cut="longer")
