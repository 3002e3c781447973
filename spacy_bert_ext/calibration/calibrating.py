"""A pipeline and annotated Docs → temperatures and thresholds of its heads."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from typing import Any, NamedTuple

import numpy as np
from spacy.language import Language
from spacy.training import Example

from ..errors import Errors, Warnings
from ..evaluation.reliability import Reliability, reliability
from ..pipeline.answers import answers
from ..pipeline.bert_head import BertHead
from ..pipeline.confidence import Confidence
from ..pipeline.reading import hand_over_all
from ..runtime.progress import bar
from ..settings import check_whole_number, is_number
from .runs import run_with_scores
from .temperature import HIGHEST, LOWEST, fit_temperature
from .thresholds import best_decision, best_threshold, f1

MIN_POSITIVES = 10  # of a label


class TunedThreshold(NamedTuple):
    """label: None for the threshold of the whole component, see `Decisions`.
    threshold: What the label got; None if it has too few positives and keeps the component's `threshold`.
    f_before, f_after: F1 with the temperature and threshold that it had, and with the new ones; of decisions the
        scorer's mean.
    n_positives: How many items have the label; of decisions all of them.
    """

    label: str | None
    threshold: float | None
    f_before: float
    f_after: float
    n_positives: int


class Calibrated(NamedTuple):
    """What became of a head.

    before, after: Reliability of its scores, on the Docs that it was fitted on.
    loss_before, loss_after: Mean negative log likelihood.
    thresholds: One for each label, or one for all of them; () if they were not tuned.
    """

    name: str
    temperature: float
    before: Reliability
    after: Reliability
    loss_before: float
    loss_after: float
    thresholds: tuple[TunedThreshold, ...]


def calibrate(
    nlp: Language,
    examples: Iterable[Example],
    *,
    components: Sequence[str] = (),
    thresholds: bool = False,
    min_positives: int = MIN_POSITIVES,
    min_scored: int | None = None,
) -> list[Calibrated]:
    """Fit the temperature of each head, and with `thresholds` one threshold for each label that holds independently, or
    the one of a head that has no labels.

    Nothing else of the pipeline changes. Thresholds that were tuned before go, since they belong to other scores.

    examples (Iterable[Example]): Such as were not trained on.
    components (Sequence[str]): Names of heads; () means all that are enabled.
    min_positives (int): How many items must have a label, such as Docs or candidate spans, for a threshold of its own:
        with fewer it is fitted to chance. 1 or more.
    min_scored (Optional[int]): A head with fewer scored predictions stays as it is, with a warning; None: a head with
        none is an error.
    RETURNS (List[Calibrated]): Of each head that was fitted.
    RAISES (ValueError): No such head, no examples, a head of which nothing is annotated, thresholds without a head for
        them, or for a head without a `threshold`. Nothing is changed then.
    """
    check_whole_number("min_positives", min_positives, 1)
    heads = _heads(nlp, components)
    by_label = {name for name, head in heads.items() if answers(head, "annotated_scores")}
    tunable = by_label | {name for name, head in heads.items() if answers(head, "decisions")}
    if thresholds and not tunable:
        raise ValueError(Errors.B088.format(heads=", ".join(heads)))
    for name in sorted(tunable if thresholds else ()):
        found = heads[name].cfg.get("threshold", "nothing")
        if not is_number(found):
            raise ValueError(Errors.B400.format(name=name, found=found))
    examples = hand_over_all(nlp, examples)
    if not examples:
        raise ValueError(Errors.B095)
    raw_scores = _raw_scores(nlp, list(heads), examples)
    confidences = {name: head.confidence(raw_scores[name], examples) for name, head in heads.items()}
    results = []
    for name, head in _with_enough(heads, confidences, n_docs=len(examples), min_scored=min_scored).items():
        tune = _tuning(name in by_label, min_positives) if thresholds and name in tunable else None
        f_before = [] if tune is None else _f_scores(head, raw_scores[name], examples)
        temperature = fit_temperature(confidences[name].loss_at)
        before, head.cfg["temperature"] = head.cfg.get("temperature", 1.0), temperature
        tuned = () if tune is None else tune(head, raw_scores[name], examples, f_before)
        if name in by_label:
            head.cfg["thresholds"] = {one.label: one.threshold for one in tuned if one.threshold is not None}
        results.append(_result(head, confidences[name], before, tuned))
    return results


def _heads(nlp: Language, components: Sequence[str]) -> dict[str, BertHead]:
    """RAISES (ValueError): There are none, or one that is named is none, or has no answer."""
    heads = {name: pipe for name, pipe in nlp.pipeline if isinstance(pipe, BertHead)}
    for name in components:
        if name not in heads:
            raise ValueError(Errors.B045.format(found=name, heads=", ".join(heads) or "none"))
        if not answers(heads[name], "confidence"):
            heads[name].refuse("confidence")
    silent = [name for name, head in heads.items() if not answers(head, "confidence")]
    if silent and not components and len(silent) < len(heads):
        warnings.warn(Warnings.B302.format(names=", ".join(silent)))
    chosen = {name: head for name, head in heads.items() if name in (components or heads) and name not in silent}
    if not chosen:
        raise ValueError(Errors.B089.format(pipes=", ".join(nlp.pipe_names) or "nothing"))
    return chosen


def _with_enough(
    heads: dict[str, BertHead], confidences: Mapping[str, Confidence], *, n_docs: int, min_scored: int | None
) -> dict[str, BertHead]:
    """Heads whose temperature can be fitted."""
    enough = {}
    for name, head in heads.items():
        n_scored = len(confidences[name].correct)
        if n_scored >= (1 if min_scored is None else min_scored):
            enough[name] = head
        elif min_scored is None:
            raise ValueError(Errors.B086.format(name=name, n_docs=n_docs))
        else:
            warnings.warn(Warnings.B549.format(name=name, n_scored=n_scored, n_docs=n_docs, least=min_scored))
    return enough


def _raw_scores(nlp: Language, names: Sequence[str], examples: Sequence[Example]) -> dict[str, list[Any]]:
    """Run the pipeline, and keep what these heads' models give, buffer by buffer."""
    runs = []
    with bar("Predicting", len(examples)) as progress:
        for run in run_with_scores(nlp, names, [eg.predicted for eg in examples]):
            runs.append(run)
            progress.update(len(run.docs))
    return {name: [run.raw_scores[name] for run in runs] for name in names}


def _tuning(by_label: bool, min_positives: int) -> Callable[..., tuple[TunedThreshold, ...]]:
    return partial(_tune, min_positives) if by_label else _decide


def _tune(
    min_positives: int,
    head: BertHead,
    raw_scores: Sequence[Any],
    examples: Sequence[Example],
    f_before: Sequence[float],
) -> tuple[TunedThreshold, ...]:
    tuned = []
    annotated = head.annotated_scores(raw_scores, examples)
    for label, (scores, positive), before in zip(head.labels, annotated, f_before):
        n_positives = int(positive.sum())
        found = best_threshold(scores, positive) if n_positives >= min_positives else None
        after = _f_score(scores, positive, head.cfg["threshold"] if found is None else found)
        tuned.append(TunedThreshold(label, found, before, f_after=after, n_positives=n_positives))
    return tuple(tuned)


def _decide(
    head: BertHead, raw_scores: Sequence[Any], examples: Sequence[Example], before: Sequence[float]
) -> tuple[TunedThreshold, ...]:
    decisions = head.decisions(raw_scores, examples)
    head.cfg["threshold"] = best_decision(decisions)
    after, n_items = decisions.mean_at(head.cfg["threshold"]), len(decisions.scores)
    return (TunedThreshold(None, head.cfg["threshold"], before[0], f_after=after, n_positives=n_items),)


def _f_scores(head: BertHead, raw_scores: Sequence[Any], examples: Sequence[Example]) -> list[float]:
    """F1 of each label, with the temperature and the thresholds that the head has; of decisions the scorer's mean."""
    if not answers(head, "annotated_scores"):
        return [head.decisions(raw_scores, examples).mean_at(head.cfg["threshold"])]
    thresholds, single = head.cfg.get("thresholds") or {}, head.cfg["threshold"]
    return [
        _f_score(scores, positive, thresholds.get(label, single))
        for label, (scores, positive) in zip(head.labels, head.annotated_scores(raw_scores, examples))
    ]


def _f_score(scores: np.ndarray, positive: np.ndarray, threshold: float) -> float:
    predicted = scores >= threshold
    return float(f1(int((predicted & positive).sum()), int(predicted.sum()), int(positive.sum())))


def _result(
    head: BertHead, confidence: Confidence, before: float, thresholds: tuple[TunedThreshold, ...]
) -> Calibrated:
    """before (float): The temperature that the head had."""
    name, temperature = head.name, head.cfg["temperature"]
    if temperature in (LOWEST, HIGHEST):
        n_right, n_items = int(confidence.correct.sum()), len(confidence.correct)
        warnings.warn(
            Warnings.B106.format(
                name=name, found=temperature, lowest=LOWEST, highest=HIGHEST, n_right=n_right, n_items=n_items
            )
        )
    return Calibrated(
        name=name,
        temperature=temperature,
        before=reliability(confidence.scores_at(before), confidence.correct),
        after=reliability(confidence.scores_at(temperature), confidence.correct),
        loss_before=confidence.loss_at(before),
        loss_after=confidence.loss_at(temperature),
        thresholds=thresholds,
    )
