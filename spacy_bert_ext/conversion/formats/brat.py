"""brat's standoff files: a folder with a text (.txt) and its annotation (.ann) for each document."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path, PurePosixPath

from ...errors import Errors
from ..encodings import read_lines, read_text
from ..findings import Findings
from ..records import Mark, Record
from ..sources import shown
from .options import Format, ReadOptions, WriteOptions
from .spans import LEFT_OUT, FoundSpan, MarkReader

TEXT, ANNOTATION = ".txt", ".ann"
_SPAN = re.compile(r"T\S*\t(?P<label>\S+) (?P<places>\d+ \d+(?:;\d+ \d+)*)(?:\t(?P<text>.*))?", re.DOTALL)
# First letters of other lines, and what these are.
_OTHERS = {"E": "events", "R": "relations", "*": "relations", "A": "attributes", "M": "attributes"} | {
    "N": "normalizations",
    "#": "notes",
}


def recognises(path: Path, head: bytes) -> bool:
    return path.is_dir() and next(path.rglob(f"*{ANNOTATION}"), None) is not None


def read(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    """A Record of each text, in the order of names; one without a file of annotation has none.

    RAISES (ValueError): There is no text, annotation without its text, or a line of another form.
    """
    if path.is_dir():
        files = sorted(found for found in path.rglob(f"*{TEXT}") if found.is_file())
        annotations = sorted(path.rglob(f"*{ANNOTATION}"))
    elif path.suffix == ANNOTATION:
        files, annotations = [path.with_suffix(TEXT)], [path]
    else:
        files, annotations = [path], []
    alone = next((found for found in annotations if not found.with_suffix(TEXT).exists()), None)
    if alone is not None or not files:
        raise ValueError(Errors.B511.format(path=alone or path))
    for file in files:
        text = read_text(file, options.encoding)
        annotation = file.with_suffix(ANNOTATION)
        name = file.relative_to(path).with_suffix("") if path.is_dir() else file.with_suffix("")
        marks = None
        if annotation.is_file():
            marks = _marks(annotation, text, options, findings)
        yield Record(str(file), text, marks=marks, document=str(PurePosixPath(name)))


def _marks(file: Path, text: str, options: ReadOptions, findings: Findings) -> tuple[Mark, ...]:
    reader = MarkReader(str(file), text, options, findings)
    marks: list[Mark] = []
    for number, line in enumerate(read_lines(file, options.encoding), 1):
        place = f"{file}, line {number}"
        if not line.strip():
            continue
        found = _SPAN.fullmatch(line)
        if found is None:
            kind = _OTHERS.get(line[0])
            if kind is None:
                allowed = "T1, a tab, a label, start and end, a tab, and the text"
                raise ValueError(Errors.B477.format(place=place, found=shown(line), allowed=allowed))
            findings.count(f"{kind} skipped")
        elif ";" in found["places"]:
            findings.count(LEFT_OUT)
            findings.leave_out(place, f"{found['label']} is in several pieces ({found['places']})")
        else:
            start, end = found["places"].split()
            span = FoundSpan(int(start), int(end), found["label"], text=found["text"])
            marks += reader.read([span], place)
    return tuple(dict.fromkeys(marks))


def write(records: Iterable[Record], path: Path, options: WriteOptions, findings: Findings) -> None:
    """A new folder. Its files have the names of documents, or numbers. Labels, which can't have blanks, get `_`."""
    path.mkdir()
    numbers: dict[str, int] = {}  # of texts by the name of their document
    for i, record in enumerate(records, 1):
        name = re.sub(r"[^\w.-]", "_", record.document) if record.document else f"{i:06}"
        numbers[name] = number = numbers.get(name, 0) + 1
        file = path / f"{name}{f'-{number}' if number > 1 else ''}{TEXT}"
        if file.exists():  # a document that has the name of another one's second text
            file = path / f"{name}-{i:06}{TEXT}"
        file.write_text(record.text, encoding="utf8", newline="")
        if record.marks is not None:
            lines = [_line(i, mark, record.text) for i, mark in enumerate(record.marks, 1)]
            file.with_suffix(ANNOTATION).write_text("".join(lines), encoding="utf8", newline="\n")
        if record.cats is not None:
            findings.tell("brat has no place for categories: they are not written.")


def _line(number: int, mark: Mark, text: str) -> str:
    label, covered = re.sub(r"\s", "_", mark.label), re.sub(r"[\r\n]", " ", text[mark.start : mark.end])
    return f"T{number}\t{label} {mark.start} {mark.end}\t{covered}\n"


FORMAT = Format("brat", recognises, read, write, ending="", needs_whole=True)
