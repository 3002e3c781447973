"""A report's folder."""

import json
from pathlib import Path

from ...errors import Errors
from ...files import folders
from ..report import Report
from .html import render_page

SCORES_FILE, PAGE_FILE = "scores.json", "index.html"


def check_output(folder: Path) -> None:
    """RAISES (ValueError): The folder holds something else than a report, which is not to be replaced.
    RAISES (SaveError): It can't be written.
    """
    folders.check_output(folder, replacing=SCORES_FILE)
    if folder.exists() and (not folder.is_dir() or _names(folder) not in (set(), {SCORES_FILE, PAGE_FILE})):
        raise ValueError(Errors.B032.format(path=folder))


def write_report(report: Report, folder: Path) -> None:
    """Write `scores.json` and `index.html`. A report that is there is replaced, whole.

    RAISES (ValueError): See `check_output`.
    """
    check_output(folder)
    with folders.written_whole(folder, replacing=SCORES_FILE) as new:
        text = json.dumps(report.scores, ensure_ascii=False, allow_nan=False, indent=2)
        (new / SCORES_FILE).write_text(text + "\n", encoding="utf8")
        (new / PAGE_FILE).write_text(render_page(report), encoding="utf8")


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}
