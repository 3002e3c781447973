import numpy as np
import pytest
from spacy.scorer import PRFScore

from spacy_bert_ext.evaluation.prf import macro, micro_score, prf, scores

# Two Docs, labels A and B; true positives, false positives, false negatives.
COUNTS = np.array([[[2, 1, 0], [0, 0, 1]], [[1, 0, 2], [1, 1, 0]]])


def test_numbers_by_hand() -> None:
    found = scores(COUNTS, ["A", "B"])
    a, b = found["per_label"]["A"], found["per_label"]["B"]
    assert (a["p"], a["r"], a["support"], a["predicted"]) == (3 / 4, 3 / 5, 5, 4)
    assert a["f"] == pytest.approx(2 / 3)
    assert (b["p"], b["r"], b["f"], b["support"], b["predicted"]) == (0.5, 0.5, 0.5, 2, 2)
    micro = found["micro"]
    assert (micro["p"], micro["r"], micro["support"], micro["predicted"]) == (4 / 6, 4 / 7, 7, 6)
    assert micro["f"] == pytest.approx(8 / 13)
    assert found["macro"]["p"] == 0.625 and found["macro"]["f"] == pytest.approx((2 / 3 + 0.5) / 2)


def test_every_digit_is_that_of_spacy() -> None:
    rng = np.random.default_rng(0)
    for tp, fp, fn in rng.integers(0, 50, (200, 3)).tolist():
        expected = PRFScore(tp=tp, fp=fp, fn=fn)
        assert prf(np.array([tp, fp, fn])).tolist() == [expected.precision, expected.recall, expected.fscore]


def test_intervals_are_those_of_the_resamples() -> None:
    # F is 1 in one Doc and 0 in the other: resamples have 1, 0, or, with one of each, 1/2.
    found = micro_score(np.array([[[1, 0, 0]], [[0, 1, 1]]]))
    assert (found["f"], found["f_interval"], found["p_interval"]) == (0.5, [0.0, 1.0], [0.0, 1.0])
    assert micro_score(COUNTS[:1])["f_interval"] is None


def test_macro_leaves_out_labels_that_a_resample_has_by_chance_not() -> None:
    whole = np.array([[1, 0, 0], [1, 0, 0], [0, 0, 0]])  # the third label never occurs, and counts 0
    without_second = np.array([[1, 0, 0], [0, 0, 0], [0, 0, 0]])
    assert macro(whole, whole).tolist() == [2 / 3] * 3
    assert macro(np.stack([whole, without_second]), whole).tolist() == [[2 / 3] * 3, [1 / 2] * 3]


def test_resamples_that_lack_a_label_tell_nothing_of_it() -> None:
    # The label of the first Doc alone is right there: 37 % of the resamples are without that Doc.
    counts = np.zeros((100, 2, 3), dtype=np.int64)
    counts[0, 0] = [1, 0, 0]
    counts[1:, 1] = [1, 0, 0]
    rare = scores(counts, ["A", "B"])["per_label"]["A"]
    assert (rare["f"], rare["p_interval"], rare["r_interval"], rare["f_interval"]) == (1.0, *[[1.0, 1.0]] * 3)
    # Nothing is predicted in any: precision has no interval, recall is 0 for sure.
    never = micro_score(np.array([[[0, 0, 1]], [[0, 0, 2]]]))
    assert (never["p_interval"], never["r_interval"], never["f_interval"]) == (None, [0.0, 0.0], [0.0, 0.0])


def test_the_mean_over_labels_is_pythons_sum() -> None:
    # From Python 3.12 on it keeps track of what rounding loses, which arrays' sums do not.
    rng = np.random.default_rng(0)
    for totals in rng.integers(0, 50, (50, 28, 3)):
        expected = [sum(of_labels) / 28 for of_labels in prf(totals).T.tolist()]
        assert macro(totals, totals).tolist() == expected
