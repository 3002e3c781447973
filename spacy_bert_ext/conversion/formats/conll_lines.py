"""Lines of CoNLL files → sentences: rows of columns, and the comments before them."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...errors import Errors
from ..encodings import read_lines
from ..sources import shown

DOCUMENT_START = "-DOCSTART-"

TAG = re.compile(r"(?P<letter>[BIMLEUSW])[-_](?P<label>.+)", re.DOTALL)
MISSING = ("_", "-", "-X-")  # nobody has said
_BLANKS = re.compile(r"[ \t]+")
# Comments that can't be rows, however many columns they look like.
_NAMES = "text|text_json|document|document_json|sent_id|newdoc id|cats|fields"
_KEYED = re.compile(rf"#\s*(?P<name>{_NAMES})\s*=[ \t]?(?P<value>.*)", re.DOTALL)
_SOURCE = re.compile(r"#\s+(https?://\S+)")  # of GermEval


@dataclass
class Sentence:
    """line: In which it begins. document: Its name, if one is marked. values: Of comments such as `# text = ...`."""

    line: int
    document: str | None
    values: dict[str, Any] = field(default_factory=dict)
    rows: list[list[str]] = field(default_factory=list)


def read_sentences(path: Path, encoding: str | None = None) -> Iterator[Sentence]:
    """RAISES (ValueError): A row with more or fewer columns than the first. RAISES (OSError): It can't be read."""
    lines = _Lines(path)
    for number, line in enumerate(read_lines(path, encoding), 1):
        if found := lines.add(number, line):
            yield found
    if found := lines.end():
        yield found


def is_tag(value: str) -> bool:
    return value == "O" or TAG.fullmatch(value) is not None


def split_columns(line: str, *, by_tabs: bool) -> list[str]:
    return line.split("\t") if by_tabs else _BLANKS.split(line.strip(" \t"))


class _Lines:
    """Puts lines together. The first row tells whether tabs or blanks separate columns, and how many there are."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._by_tabs = False
        self._n_columns = 0
        self._n_documents = 0
        self._document: str | None = None
        self._sentence: Sentence | None = None

    def add(self, number: int, line: str) -> Sentence | None:
        """The sentence that a blank line ends."""
        if not line.strip(" \t"):
            return self.end()
        if self._sentence is None:
            self._sentence = Sentence(number, self._document)
        if line.startswith("#") and not self._sentence.rows and self._is_comment(line):
            self._comment(number, line)
        else:
            self._row(number, line)
        return None

    def end(self) -> Sentence | None:
        found, self._sentence = self._sentence, None
        if found is None or not (found.rows or "text" in found.values):
            return None
        if len(found.rows) == 1 and found.rows[0][0].startswith(DOCUMENT_START) and "text" not in found.values:
            self._n_documents += 1
            self._document = f"{self._path.name}, document {self._n_documents}"
            return None
        return found

    def _row(self, number: int, line: str) -> None:
        if not self._n_columns:
            self._by_tabs = "\t" in line.strip(" \t")
        columns = split_columns(line, by_tabs=self._by_tabs)
        place = f"{self._path}, line {number}"
        if columns[0].startswith(DOCUMENT_START):
            columns = [*columns, *[""] * (self._n_columns - len(columns))]
        elif not self._n_columns:
            self._n_columns = len(columns)
        elif len(columns) != self._n_columns:
            found = f"{len(columns)} columns" if len(columns) > 1 else f"one column, {shown(line)}"
            raise ValueError(
                Errors.B507.format(place=place, found=found, expected=f"{self._n_columns} as in the first row")
            )
        if not columns[0]:
            raise ValueError(Errors.B477.format(place=place, found=shown(line), allowed="a word in the first column"))
        if self._sentence is not None:
            self._sentence.rows.append(columns)

    def _is_comment(self, line: str) -> bool:
        if _KEYED.fullmatch(line):
            return True
        columns = split_columns(line, by_tabs=self._by_tabs or "\t" in line)
        has_tag = is_tag(columns[-1]) or columns[-1] in MISSING
        return len(columns) < 2 or not has_tag or len(columns) != (self._n_columns or len(columns))

    def _comment(self, number: int, line: str) -> None:
        if self._sentence is None:
            return
        if source := _SOURCE.match(line):
            self._sentence.document = source[1]
        elif keyed := _KEYED.fullmatch(line):
            name, value = keyed["name"], keyed["value"]
            if name in ("text_json", "document_json", "cats", "fields"):
                name, value = name.removesuffix("_json"), self._json(number, value)
            if name == "newdoc id":
                self._document = value
            if name in ("newdoc id", "document"):
                self._sentence.document = value
            else:
                self._sentence.values[name] = value
        else:
            self._sentence.values.setdefault("comments", []).append(line[1:].strip())

    def _json(self, number: int, value: str) -> Any:
        try:
            return json.loads(value)
        except (json.JSONDecodeError, RecursionError) as error:
            place = f"{self._path}, line {number}"
            raise ValueError(Errors.B477.format(place=place, found=shown(value), allowed="JSON")) from error
