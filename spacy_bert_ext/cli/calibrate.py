"""`spacy bert calibrate`."""

import warnings
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from spacy.cli._util import import_code
from wasabi import msg

from ..calibration.calibrating import Calibrated, calibrate
from ..files.folder_kinds import PIPELINE
from ..files.folders import check_output
from ..pipeline.saving import save_pipeline
from ..training.corpora import read_examples
from .loading import load_pipeline
from .reported import fail, show

ALL = "all"  # of a threshold that holds whatever the label


def calibrate_to(
    pipeline: str,
    corpus: Path,
    output_path: Path,
    asked: Mapping[str, Any],
    *,
    gpu_id: int,
    code_path: Path | None,
    force: bool,
) -> None:
    """asked (Mapping[str, Any]): Arguments of `calibrate` by name.
    gpu_id (int): -1 leaves the encoders on the device of their settings.
    """
    import_code(code_path)
    try:
        check_output(output_path, replacing=PIPELINE, force=force)
        nlp = load_pipeline(pipeline, gpu_id)
        with warnings.catch_warnings(record=True) as caught:
            results = calibrate(nlp, read_examples(corpus, nlp), **asked)
        save_pipeline(nlp, output_path)
    except (ValueError, OSError) as error:
        fail(str(error))
    for warning in caught:
        show(msg.warn, str(warning.message))
    header = ("head", "T", "scored", "ECE before", "after", "NLL before", "after")
    if results:
        msg.table([_row(result) for result in results], header=header, divider=True, aligns=("l", *"rrrrrr"))
    for result in results:
        if result.thresholds:
            _show_thresholds(result, asked["min_positives"])
    msg.good(str(output_path))


def _row(result: Calibrated) -> tuple[str, ...]:
    numbers = (result.before.ece, result.after.ece, result.loss_before, result.loss_after)
    return (result.name, f"{result.temperature:.2f}", f"{result.after.counts.sum():,}", *_rounded(*numbers))


def _rounded(*numbers: float) -> tuple[str, ...]:
    return tuple(f"{number:.3f}" for number in numbers)


def _show_thresholds(result: Calibrated, min_positives: int) -> None:
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
    kept = [f"{one.label} ({one.n_positives})" for one in result.thresholds if one.threshold is None]
    if kept:
        msg.info(
            f"Too few examples for a threshold of their own: {', '.join(kept)}",
            f"These labels keep the component's `threshold`. `--min-positives` is {min_positives}.",
        )
