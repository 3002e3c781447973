"""The log of a training as a file: one JSON object per evaluation, each on a line."""

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from spacy.language import Language

from ..errors import Errors
from .log_rows import LogRows, Row

LOG_FILE = "log.jsonl"  # beside `model-best`

LogStep = Callable[[dict[str, Any] | None], None]


class LogFile:
    """What a resumed training does again replaces the old lines; another training replaces all."""

    def __init__(self, path: Path, setting: str) -> None:
        """setting (str): Which names the file, for messages.

        RAISES (ValueError): The file can't be written.
        """
        if path.is_dir():
            raise ValueError(Errors.B012.format(setting=setting, found=str(path), allowed="a file, no folder"))
        there = next(place for place in (path, *path.absolute().parents) if place.exists())
        if not os.access(there, os.W_OK) or (there != path and not there.is_dir()):
            allowed = "a file in a folder that can be written to"
            raise ValueError(Errors.B012.format(setting=setting, found=str(path), allowed=allowed))
        self._path = path
        self._has_begun = False

    def write(self, row: Row) -> None:
        if not self._has_begun:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            self._keep_before(row["step"])
            self._has_begun = True
        with self._path.open("a", encoding="utf8") as opened:
            opened.write(json.dumps(row) + "\n")

    def _keep_before(self, step: int) -> None:
        text = self._path.read_text(encoding="utf8") if self._path.exists() and step else ""
        whole = text[: text.rfind("\n") + 1]  # a process that was killed may have left a part of a line
        kept = [line for line in whole.splitlines() if json.loads(line)["step"] < step]
        self._path.write_text("".join(f"{line}\n" for line in kept), encoding="utf8")


def logged_to_file(log_step: LogStep, nlp: Language, folder: Path | None) -> LogStep:
    """Besides what a logger does, write the rows of a training to `log.jsonl` in its folder, if it has one.

    Rates, words per second and padding are those that `spacy-bert-ext.Log.v1` has counted.

    RAISES (ValueError): The file can't be written.
    """
    if folder is None:
        return log_step
    rows, file = LogRows(nlp), LogFile(folder / LOG_FILE, "--output")

    def log_and_write(info: dict[str, Any] | None) -> None:
        log_step(info)
        if info is not None:
            file.write(rows.row(info))

    return log_and_write


def read_log(path: str | Path) -> list[Row]:
    """The rows of a training, the earliest first.

    path (Union[str, Path]): Its folder, or its log.
    RAISES (ValueError): There is no log, or it is not one.
    """
    path = Path(path)
    file = path / LOG_FILE if path.is_dir() else path
    if not file.is_file():
        raise ValueError(Errors.B584.format(path=file))
    rows = []
    for number, line in enumerate(file.read_text(encoding="utf8", errors="replace").splitlines(), start=1):
        try:
            rows.append(_checked(json.loads(line)))
        except (TypeError, ValueError, LookupError, AttributeError):
            raise ValueError(Errors.B585.format(path=file, line=number)) from None
    if not rows:
        raise ValueError(Errors.B585.format(path=file, line=1))
    return rows


def _checked(row: Row) -> Row:
    """RAISES (TypeError, ValueError, LookupError, AttributeError): Something of it is missing, or no number."""
    names = ("step", "epoch", "score", "encoder_learn_rate", "head_learn_rate", "words_per_second")
    values = [*(row[name] for name in names), *row["losses"].values(), *row["scores"].values()]
    if row["step"] is None or not all(value is None or isinstance(value, int | float) for value in values):
        raise TypeError
    return row
