import numpy as np

from spacy_bert_ext.evaluation.by_length import length_bins, scores_by_length


def test_bins_hold_about_as_many_docs() -> None:
    lengths = np.random.default_rng(0).permutation(100)
    bins = length_bins(lengths)
    assert np.bincount(bins).tolist() == [20] * 5
    assert (np.diff(bins[np.argsort(lengths)]) >= 0).all()


def test_docs_of_one_length_share_a_bin() -> None:
    assert length_bins(np.array([7, 7, 7])).tolist() == [0, 0, 0]
    assert length_bins(np.array([3])).tolist() == [0]
    bins = length_bins(np.array([1, 1, 1, 1, 1, 1, 1, 1, 1, 9]))
    assert bins.tolist() == [0] * 9 + [1]


def test_scores_of_each_bin() -> None:
    counts = np.array([[[1, 0, 0]], [[0, 1, 1]], [[1, 0, 0]], [[1, 1, 0]]])
    rows = scores_by_length(np.array([2, 50, 2, 60]), counts)
    assert [(row["tokens"], row["docs"], row["support"]) for row in rows] == [
        ([2, 2], 2, 2),
        ([50, 50], 1, 1),
        ([60, 60], 1, 1),
    ]
    assert [row["p"] for row in rows] == [1.0, 0.0, 0.5]
    assert rows[0]["f_interval"] == [1.0, 1.0] and rows[1]["f_interval"] is None
