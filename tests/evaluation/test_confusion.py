"""Which label was taken for which."""

from spacy_bert_ext.evaluation.confusion import confusion


def test_pairs_are_counted_by_row_and_column() -> None:
    pairs = [("A", "A"), ("A", "B"), ("A", "B"), ("B", None), (None, "A")]
    assert confusion(pairs, ["A", "B"]) == {"labels": ["A", "B", None], "counts": [[1, 2, 0], [0, 0, 1], [1, 0, 0]]}


def test_nothing_is_zero() -> None:
    assert confusion([], []) == {"labels": [None], "counts": [[0]]}
