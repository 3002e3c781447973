"""Temperatures of heads, fitted again after what they read has changed.

One is fitted on all annotated Docs. How well it does is measured without judging any Doc by a temperature that was
fitted on it: the temperature of one half is tried on the other.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
from spacy.language import Language

from ..calibration.temperature import HIGHEST, LOWEST, fit_temperature
from ..evaluation.reliability import reliability
from ..pipeline.confidence import Confidence
from .judging import Annotated


class Refitted(NamedTuple):
    """Of a head: its temperatures, and the expected calibration error of its scores, nan without annotation.

    temperature_before, ece_before: Before quantising.
    ece_quantized: With the temperature that it had.
    ece: With the new one, by halves.
    """

    temperature_before: float
    temperature: float
    ece_before: float
    ece_quantized: float
    ece: float


def refit(
    nlp: Language, before: Sequence[Annotated], after: Sequence[Annotated], *, change: bool
) -> dict[str, Refitted]:
    """Give each head of a pipeline that has an answer the temperature of its scores.

    Thresholds that were tuned for labels move along, so that the same logits hold as before. `threshold` and
    `min_score` stay: they are bounds of probabilities.

    before, after (Sequence[Annotated]): By the pipeline as it was, and by this one: two halves of the Docs each.
    change (bool): Else the temperatures stay, and are only judged.
    """
    found = {}
    for name in after[0].confidences:
        head: Any = nlp.get_pipe(name)
        old = float(head.cfg.get("temperature", 1.0))
        parts = [part.confidences[name] for part in after]
        new = _fitted(parts, old) if change else old
        crossed = [_fitted([other], old) for other in reversed(parts)] if change else [old, old]
        found[name] = Refitted(
            temperature_before=old,
            temperature=new,
            ece_before=_ece([part.confidences[name] for part in before], [old, old]),
            ece_quantized=_ece(parts, [old, old]),
            ece=_ece(parts, crossed),
        )
        _set_temperature(head, old, new)
    return found


def _fitted(parts: Sequence[Confidence], otherwise: float) -> float:
    """otherwise (float): Where nothing can be fitted: without annotation, or if all that is predicted is right."""
    sizes = np.array([len(part.correct) for part in parts])
    used = [part for part in parts if len(part.correct)]
    if not used:
        return otherwise
    weights = sizes[sizes > 0] / sizes.sum()
    found = fit_temperature(
        lambda temperature: float(sum(w * part.loss_at(temperature) for w, part in zip(weights, used)))
    )
    return otherwise if found in (LOWEST, HIGHEST) else found


def _ece(parts: Sequence[Confidence], temperatures: Sequence[float]) -> float:
    scores = np.concatenate([part.scores_at(t) for part, t in zip(parts, temperatures)])
    return reliability(scores, np.concatenate([part.correct for part in parts])).ece


def _set_temperature(head: Any, old: float, new: float) -> None:
    head.cfg["temperature"] = new
    tuned = head.cfg.get("thresholds")
    if tuned:
        head.cfg["thresholds"] = {label: _moved(threshold, old / new) for label, threshold in tuned.items()}


def _moved(threshold: float, factor: float) -> float:
    """The threshold with its logit multiplied."""
    if not 0 < threshold < 1:
        return threshold
    logit = np.log(threshold) - np.log1p(-threshold)
    return float(1 / (1 + np.exp(-logit * factor)))
