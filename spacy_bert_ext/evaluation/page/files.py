"""A report's folder."""

import json
from pathlib import Path

from ...files import folders
from ...files.folder_kinds import FolderKind
from ..curves.training_curves import TrainingCurves
from ..report import Report
from .html import render_page

SCORES_FILE, PAGE_FILE = "scores.json", "index.html"
REPORT = FolderKind("report", (SCORES_FILE,), only=(SCORES_FILE, PAGE_FILE))


def check_output(folder: Path) -> None:
    """RAISES (ValueError): The folder holds something else than a report, which is not to be replaced.
    RAISES (SaveError): It can't be written.
    """
    folders.check_output(folder, replacing=REPORT)


def write_report(report: Report, folder: Path, curves: TrainingCurves | None = None) -> None:
    """Write `scores.json` and `index.html`. A report that is there is replaced, whole.

    curves (TrainingCurves): Of the pipeline's training, if they are known.

    RAISES (ValueError): See `check_output`.
    """
    check_output(folder)
    with folders.written_whole(folder, replacing=REPORT) as new:
        text = json.dumps(report.scores, ensure_ascii=False, allow_nan=False, indent=2)
        (new / SCORES_FILE).write_text(text + "\n", encoding="utf8")
        (new / PAGE_FILE).write_text(render_page(report, curves), encoding="utf8")
