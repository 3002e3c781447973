"""What readers and writers of formats can be told. Each takes what concerns it."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from ...errors import Errors
from ..findings import Findings
from ..records import Record

ROLES = ("text", "label", "start", "end", "spans", "tag", "document", "id")
UNITS = ("characters", "utf16", "bytes")
SCHEMES = ("IO", "IOB1", "IOB2", "BILUO", "BIOES", "BMES")


@dataclass(frozen=True)
class ReadOptions:
    """Of a reader. What is None is told from the file.

    columns: By role (see `ROLES`) the columns that have it, by name or by number from 1 on. Of JSON: keys.
    header: Whether the first row names the columns.
    quotes: Whether quotes surround values; otherwise they are letters of the text.
    labels_separator: Between the labels of a cell that holds several.
    label_names: Names of labels that the file has as numbers, from 0 on.
    scheme: Of the tags, one of `SCHEMES`, by any of its names.
    offsets: What starts and ends of spans count, one of `UNITS`.
    nested: Whether tags of inner columns are read, too, so that marks may overlap.
    join_sentences: Whether the sentences of a document are one text.
    spans_key: Of the spans to take, where there are several groups of them.
    annotator: Whose annotation is taken, where there are several.
    predictions: Whether predictions stand for annotations where there are none.
    part: Of a data set with several, such as "train".
    lang: Code of the language: some have no blanks between words.
    """

    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    header: bool | None = None
    delimiter: str | None = None
    quotes: bool | None = None
    encoding: str | None = None
    labels_separator: str | None = None
    label_names: tuple[str, ...] = ()
    scheme: str | None = None
    offsets: str = "characters"
    nested: bool = False
    join_sentences: bool = False
    spans_key: str | None = None
    annotator: str | None = None
    predictions: bool = False
    part: str | None = None
    lang: str = "en"

    def column(self, role: str, default: str | None = None) -> str | None:
        """The only column with a role."""
        return self.columns[role][0] if role in self.columns else default


@dataclass(frozen=True)
class WriteOptions:
    """Of a writer.

    exclusive: Whether a text has one category, the likeliest; otherwise it has all with a score of 0.5 or more.
    predicted: Whether annotations are written as predictions; None: those of texts with scores.
    scheme: Of tags, one of `SCHEMES`.
    delimiter: Of tables. With a tab, all values are quoted, so that they are read as such.
    spans_key: Name of the group of spans that may overlap, in formats that have groups; None: entities.
    model_name: Of predictions.
    """

    exclusive: bool = False
    predicted: bool | None = None
    scheme: str = "IOB2"
    delimiter: str = ","
    spans_key: str | None = None
    model_name: str = "spacy-bert-ext"


class Recognise(Protocol):
    def __call__(self, path: Path, head: bytes) -> bool:
        """Whether a file, by its name and first bytes, decompressed, or a folder has a format."""


class Read(Protocol):
    def __call__(self, path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
        """RAISES (ValueError): It has another format. RAISES (OSError): It can't be read."""


class Write(Protocol):
    def __call__(self, records: Iterable[Record], path: Path, options: WriteOptions, findings: Findings) -> None:
        """Write a new file. What the format can't hold is left out, with its reason in the findings."""


@dataclass(frozen=True)
class Format:
    """write: None if it is only read. ending: Of files that are written.

    needs_whole: Whether all of a file, or one file of a folder, is in memory while it is read.
    """

    name: str
    recognises: Recognise
    read: Read
    write: Write | None = None
    ending: str = ".jsonl"
    needs_whole: bool = False


def read_columns(text: str) -> dict[str, tuple[str, ...]]:
    """Such as "text=review,label=1". A role that stands there twice has several columns.

    RAISES (ValueError): It can't be read, or names an unknown role.
    """
    columns: dict[str, tuple[str, ...]] = {}
    for part in text.split(","):
        role, sign, column = (piece.strip() for piece in part.partition("="))
        if not sign or not column:
            reason = f"{part!r} is no ROLE=COLUMN"
            raise ValueError(Errors.B506.format(found=text, reason=reason, allowed=", ".join(ROLES)))
        if role not in ROLES:
            raise ValueError(Errors.B506.format(found=text, reason=f"no role {role!r}", allowed=", ".join(ROLES)))
        columns[role] = (*columns.get(role, ()), column)
    return columns
