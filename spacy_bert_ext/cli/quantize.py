"""`spacy bert quantize`."""

import math
from collections.abc import Iterable, Sequence
from pathlib import Path

from spacy.cli._util import import_code
from wasabi import msg

from ..errors import Errors
from ..files.folder_kinds import PIPELINE
from ..files.folders import check_output
from ..pipeline.saving import save_pipeline
from ..quantization.describing import describe
from ..quantization.quantizing import Change, Report, Request, quantize
from ..quantization.refitting import Refitted
from .loading import load_pipeline
from .reported import fail, warnings_in_lines

ROUNDING = 1e-9  # of points


def quantize_to(
    pipeline: str, output_path: Path, request: Request, *, max_loss: float, code_path: Path | None, force: bool
) -> None:
    """max_loss (float): In points of 100. Beyond it nothing is written, and the exit code is 1."""
    import_code(code_path)
    try:
        check_output(output_path, replacing=PIPELINE, force=force)
        original, nlp = load_pipeline(pipeline), load_pipeline(pipeline)
        with warnings_in_lines():
            report = quantize(original, nlp, request)
        _print(report)
        if report.loss > max_loss + ROUNDING:
            raise ValueError(_too_much(report, max_loss))
        describe(nlp, report)
        save_pipeline(nlp, output_path)
    except (ValueError, OSError, ImportError) as error:
        fail(str(error))
    msg.good(str(output_path))


def _too_much(report: Report, max_loss: float) -> str:
    worst = max((change for change in report.changes if change.counts), key=lambda change: change.loss)
    return Errors.B375.format(name=f"{worst.component} {worst.name}", loss=f"{worst.loss:.2f}", limit=f"{max_loss:g}")


def _print(report: Report) -> None:
    msg.divider(f"Scores on {report.n_docs:,} Docs")
    _table(("component", "score", "before", "int8", "loss"), map(_score_row, report.changes), n_texts=2)
    shares = [(what, f"{one.n_annotations:,}", f"{one.share:.2%}") for what, one in report.agreements.items()]
    _table(("annotations", "before", "equal"), shares)
    _table(("head", "T before", "int8", "ECE before", "int8", "refitted"), map(_head_row, report.heads.items()))
    sizes = [f"{size:.1f}" for size in report.megabytes]
    speeds = [f"{speed:,.0f}" for speed in report.speeds]
    rows = [("MB on disk", *sizes, _ratio(report.megabytes)), ("words/s", *speeds, _ratio(report.speeds))]
    _table(("", "before", "int8", "ratio"), rows)


def _table(header: Sequence[str], rows: Iterable[Sequence[str]], n_texts: int = 1) -> None:
    """n_texts (int): How many columns are no numbers. Nothing is printed without rows."""
    rows = list(rows)
    if rows:
        aligns = ["l" if column < n_texts else "r" for column in range(len(header))]
        msg.table(rows, header=header, divider=True, aligns=aligns)


def _score_row(change: Change) -> tuple[str, ...]:
    name = change.name if change.counts else f"  {change.name}"
    return (change.component, name, f"{change.before:.2f}", f"{change.after:.2f}", f"{change.loss:.2f}")


def _head_row(named: tuple[str, Refitted]) -> tuple[str, ...]:
    name, head = named
    errors = (head.ece_before, head.ece_quantized, head.ece)
    shown = ["-" if math.isnan(error) else f"{error:.3f}" for error in errors]
    return (name, f"{head.temperature_before:.2f}", f"{head.temperature:.2f}", *shown)


def _ratio(pair: tuple[float, float]) -> str:
    return f"{pair[1] / pair[0]:.2f}"
