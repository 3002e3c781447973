"""The best temperature: where it can be computed, at the ends of its range, against trying many."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.calibration.temperature import HIGHEST, LOWEST, fit_temperature
from spacy_bert_ext.evaluation.reliability import reliability
from spacy_bert_ext.pipeline.confidence import confidence_of_best, confidence_of_each


def one_hot(classes: list[int], n_labels: int) -> np.ndarray:
    return np.eye(n_labels)[classes]


def test_two_categories_by_hand():
    # Logits 4 and 0, three of four right: the sigmoid of 4 / T must be 3/4, so that 4 / T = ln 3.
    confidence = confidence_of_best(np.tile([4.0, 0.0], (4, 1)), one_hot([0, 0, 0, 1], 2))
    assert fit_temperature(confidence.loss_at) == pytest.approx(4 / np.log(3), rel=0.005)
    assert confidence.scores_at(4 / np.log(3)).tolist() == pytest.approx([0.75] * 4)
    assert confidence.correct.tolist() == [1, 1, 1, 0]
    assert reliability(confidence.scores_at(4 / np.log(3)), confidence.correct).ece == pytest.approx(0)
    assert confidence.loss_at(4 / np.log(3)) == pytest.approx(-(3 * np.log(0.75) + np.log(0.25)) / 4)


def test_independent_labels_by_hand():
    # A logit of 4 holds three times in four, one of -4 once in four.
    logits, gold = np.repeat([[4.0], [-4.0]], 4, axis=0), np.array([[1.0, 1, 1, 0, 1, 0, 0, 0]]).T
    confidence = confidence_of_each(logits, gold)
    assert fit_temperature(confidence.loss_at) == pytest.approx(4 / np.log(3), rel=0.005)
    assert confidence.scores_at(4 / np.log(3)).tolist() == pytest.approx([0.75] * 4 + [0.25] * 4)


def test_where_all_is_right_it_is_the_lowest_and_where_all_is_wrong_the_highest():
    logits = np.tile([1.0, 0.0, 0.0], (4, 1))
    assert fit_temperature(confidence_of_best(logits, one_hot([0] * 4, 3)).loss_at) == LOWEST
    assert fit_temperature(confidence_of_best(logits, one_hot([1] * 4, 3)).loss_at) == HIGHEST


def test_where_none_is_better_it_is_1():
    assert fit_temperature(lambda temperature: 0.3) == 1.0
    assert fit_temperature(lambda temperature: abs(np.log(temperature))) == 1.0


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("scale", [0.3, 1.0, 6.0])
def test_no_other_temperature_is_better(seed: int, scale: float):
    random = np.random.default_rng(seed)
    logits = scale * random.normal(size=(200, 4))
    gold = one_hot([random.choice(4, p=row) for row in torch.tensor(logits / scale).softmax(1).numpy()], 4)
    for confidence in (confidence_of_best(logits, gold), confidence_of_each(logits, gold)):
        n_losses = 0

        def counted(temperature: float, loss_at=confidence.loss_at) -> float:
            nonlocal n_losses
            n_losses += 1
            return loss_at(temperature)

        found = fit_temperature(counted)
        best = min(map(confidence.loss_at, np.exp(np.linspace(np.log(LOWEST), np.log(HIGHEST), 3000))))
        assert confidence.loss_at(found) < best + 1e-5
        assert n_losses < 40
    assert fit_temperature(confidence_of_best(logits, gold).loss_at) == pytest.approx(scale, rel=0.35)
