import numpy as np
import pytest

from spacy_bert_ext.evaluation import bootstrap
from spacy_bert_ext.evaluation.bootstrap import percentile_interval, resampled_totals


def test_each_resample_has_as_many_docs() -> None:
    ones = np.ones((7, 2, 3), dtype=np.int64)
    totals = resampled_totals(ones, n_resamples=20)
    assert totals.shape == (20, 2, 3) and (totals == 7).all()


def test_resamples_are_sums_of_whole_docs() -> None:
    counts = np.array([[1, 10], [100, 1000]])
    totals = resampled_totals(counts, n_resamples=200)
    assert {tuple(row) for row in totals.tolist()} == {(2, 20), (101, 1010), (200, 2000)}
    # Each of the two mixed orders has probability 1/4.
    assert np.mean(totals[:, 0] == 101) == pytest.approx(0.5, abs=0.1)


def test_the_seed_gives_the_numbers_whatever_is_drawn_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    counts = np.arange(30).reshape(10, 3)
    whole = resampled_totals(counts, n_resamples=50)
    monkeypatch.setattr(bootstrap, "MAX_BLOCK", 70)
    np.testing.assert_array_equal(resampled_totals(counts, n_resamples=50), whole)
    assert (resampled_totals(counts, n_resamples=50, seed=1) != whole).any()


def test_the_interval_of_a_mean_is_that_of_the_normal_distribution() -> None:
    counts = np.stack([np.arange(400) % 2, np.ones(400, dtype=np.int64)], axis=1)
    totals = resampled_totals(counts)
    low, high = percentile_interval(totals[:, 0] / totals[:, 1])
    half = 1.96 * 0.5 / np.sqrt(400)
    assert low == pytest.approx(0.5 - half, abs=0.006) and high == pytest.approx(0.5 + half, abs=0.006)


def test_one_doc_tells_nothing() -> None:
    assert resampled_totals(np.ones((1, 2))) is None


def test_the_interval_leaves_out_as_much_on_both_sides() -> None:
    values = np.stack([np.arange(101), 2 * np.arange(101)], axis=1)
    np.testing.assert_allclose(percentile_interval(values, 0.9), [[5, 10], [95, 190]])
