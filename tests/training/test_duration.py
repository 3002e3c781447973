"""Times of trainings."""

import pytest

from spacy_bert_ext.training.duration import Duration, estimate, told_seconds


@pytest.mark.parametrize(
    ("seconds", "told"),
    [
        (0.04, "0.0 s"),
        (9.44, "9.4 s"),
        (12.4, "12 s"),
        (59.6, "1 min"),
        (75, "1 min 15 s"),
        (750, "12 min"),
        (3600, "1 h"),
        (4810, "1 h 20 min"),
        (90_100, "1 d 1 h"),
    ],
)
def test_seconds_are_told_in_two_units(seconds: float, told: str) -> None:
    assert told_seconds(seconds) == told


def test_a_training_takes_its_steps_and_evaluations() -> None:
    """Steps of 1 and 3 s: mean 2, standard deviation sqrt(2), two standard errors 2; the lowest mean is half of it."""
    found = estimate([1.0, 3.0], 100, evaluation_seconds=5.0, n_evaluations=10)
    assert found.expected == 250
    assert found.lowest == pytest.approx((1 * 100 + 50) * 0.9)
    assert found.highest == pytest.approx((4 * 100 + 50) * 1.1)


def test_one_step_tells_little() -> None:
    found = estimate([2.0], 100, evaluation_seconds=0.0, n_evaluations=10)
    assert found == pytest.approx((200, 90, 330))


def test_a_duration_is_told_with_its_range() -> None:
    assert Duration(250, 135, 495).told() == "4 min 10 s, between 2 min 15 s and 8 min 15 s"
    assert Duration(3.0, 3.0, 3.01).told() == "3.0 s"
