"""`spacy bert calibrate`."""

import warnings
from pathlib import Path

import numpy as np
import spacy
from spacy.cli._util import import_code
from wasabi import msg

from ..calibration.calibrating import Calibrated, calibrate
from ..files.folders import check_output
from ..pipeline.saving import save_pipeline
from ..training.corpora import read_examples

ALL = "all"  # of a threshold that holds whatever the label


def calibrate_to(
    pipeline: str, corpus: Path, output_path: Path, components: list[str], thresholds: bool, code_path: Path | None
) -> None:
    import_code(code_path)
    try:
        check_output(output_path)
        nlp = spacy.load(pipeline)
        with warnings.catch_warnings(record=True) as caught:
            results = calibrate(nlp, read_examples(corpus, nlp), components=components, thresholds=thresholds)
        save_pipeline(nlp, output_path)
    except (ValueError, OSError) as error:
        msg.fail(str(error), exits=1)
    for warning in caught:
        msg.warn(str(warning.message))
    header = ("head", "T", "scored", "ECE before", "after", "NLL before", "after")
    msg.table([_row(result) for result in results], header=header, divider=True, aligns=("l", *"rrrrrr"))
    for result in results:
        if result.thresholds:
            _show_thresholds(result)
    msg.good(str(output_path))


def _row(result: Calibrated) -> tuple[str, ...]:
    numbers = (result.before.ece, result.after.ece, result.loss_before, result.loss_after)
    return (result.name, f"{result.temperature:.2f}", f"{result.after.counts.sum():,}", *_rounded(*numbers))


def _rounded(*numbers: float) -> tuple[str, ...]:
    return tuple(f"{number:.3f}" for number in numbers)


def _show_thresholds(result: Calibrated) -> None:
    rows = [
        (
            one.label or ALL,
            "-" if one.threshold is None else f"{one.threshold:.3f}",
            *_rounded(one.f_before, one.f_after),
        )
        for one in result.thresholds
    ]
    if len(rows) > 1:
        means = np.mean([(one.f_before, one.f_after) for one in result.thresholds], axis=0)
        rows.append(("mean", "", *_rounded(*means)))
    msg.divider(result.name)
    msg.table(rows, header=("label", "threshold", "F1 before", "after"), divider=True, aligns=("l", "r", "r", "r"))
    kept = [one.label or ALL for one in result.thresholds if one.threshold is None]
    if kept:
        msg.info(f"Without positives, threshold stays: {', '.join(kept)}")
