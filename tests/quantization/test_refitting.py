"""Temperatures of scores whose logits were multiplied, judged on Docs that they were not fitted on."""

from types import SimpleNamespace

import numpy as np
import pytest

from spacy_bert_ext.calibration.temperature import fit_temperature
from spacy_bert_ext.pipeline.confidence import Confidence, confidence_of_each
from spacy_bert_ext.quantization.judging import Annotated
from spacy_bert_ext.quantization.refitting import Refitted, refit

LOGITS = np.random.default_rng(0).normal(scale=2, size=4000)
HOLDS = (np.random.default_rng(1).random(4000) < 1 / (1 + np.exp(-LOGITS))).astype(np.float64)


def parts(factor: float, bounds: tuple[int, int, int] = (0, 2000, 4000)) -> list[Annotated]:
    """Two halves of scores that claim too much by a factor."""
    return [
        Annotated([], {"head": confidence_of_each(factor * LOGITS[start:end, None], HOLDS[start:end, None])})
        for start, end in (bounds[:2], bounds[1:])
    ]


def refitted(before: list[Annotated], after: list[Annotated], change: bool = True, **cfg) -> tuple[Refitted, dict]:
    head = SimpleNamespace(cfg={"temperature": 1.0, **cfg})
    nlp = SimpleNamespace(get_pipe=lambda name: head)
    return refit(nlp, before, after, change=change)["head"], head.cfg


def test_the_temperature_is_that_of_all_and_judged_by_halves() -> None:
    found, cfg = refitted(parts(1.0), parts(3.0))
    all_at_once = confidence_of_each(3 * LOGITS[:, None], HOLDS[:, None])
    assert cfg["temperature"] == found.temperature == pytest.approx(fit_temperature(all_at_once.loss_at), rel=0.02)
    assert found.temperature == pytest.approx(3, rel=0.1) and found.temperature_before == 1
    assert found.ece_quantized > 0.05 and max(found.ece, found.ece_before) < 0.03


def test_tuned_thresholds_move_so_that_the_same_logits_hold() -> None:
    tuned = {"a": 0.3, "b": 0.5, "c": 0.9, "d": 1.0, "e": 0.0}
    found, cfg = refitted(parts(1.0), parts(3.0), thresholds=tuned, threshold=0.4)
    logits = {label: np.log(t / (1 - t)) for label, t in tuned.items() if 0 < t < 1}
    for label, logit in logits.items():
        assert cfg["thresholds"][label] == pytest.approx(1 / (1 + np.exp(-logit / found.temperature)))
    assert cfg["thresholds"]["d"] == 1.0 and cfg["thresholds"]["e"] == 0.0 and cfg["threshold"] == 0.4


def test_temperatures_can_stay() -> None:
    found, cfg = refitted(parts(1.0), parts(3.0), change=False, thresholds={"a": 0.3})
    assert cfg == {"temperature": 1.0, "thresholds": {"a": pytest.approx(0.3)}}
    assert found.ece == found.ece_quantized > 0.05


def test_a_head_of_another_package_may_have_had_none() -> None:
    head = SimpleNamespace(cfg={})
    refit(SimpleNamespace(get_pipe=lambda name: head), parts(1.0), parts(3.0), change=True)
    assert head.cfg["temperature"] == pytest.approx(3, rel=0.1)


def test_where_all_is_right_there_is_nothing_to_fit() -> None:
    right = [Annotated([], {"head": confidence_of_each(np.array([[4.0]]), np.array([[1.0]]))})] * 2
    found, _ = refitted(right, right)
    assert found.temperature == 1


def test_a_half_without_annotation() -> None:
    def empty() -> Confidence:
        return confidence_of_each(np.zeros((0, 1)), np.zeros((0, 1)))

    some, none = parts(3.0, (0, 2000, 2000))
    found, _ = refitted([some, none], [some, none])
    assert found.temperature == pytest.approx(3, rel=0.1)
    assert found.ece == found.ece_quantized > 0.05  # the temperature was fitted on these, and must not judge them
    nothing = [Annotated([], {"head": empty()})] * 2
    found, _ = refitted(nothing, nothing)
    assert found.temperature == 1 and np.isnan(found.ece)
