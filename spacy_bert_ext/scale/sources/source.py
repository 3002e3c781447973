"""Which files an input has, of which kind each is, and their rows."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from ...errors import Errors
from ..rows import Chunk, Progress, Row, cut
from .doc_bins import read_doc_bin
from .lines import read_json_lines, read_texts, read_whole
from .opened import STDIN, Opened, opened
from .tables import read_csv, read_parquet, read_tsv

Read: TypeAlias = Callable[[Opened, str], Iterator[Row]]

WHOLE = "file"  # of a folder, a text in each .txt file
KINDS: dict[str, Read] = {
    "txt": read_texts,
    "jsonl": read_json_lines,
    "csv": read_csv,
    "tsv": read_tsv,
    "parquet": read_parquet,
    "spacy": read_doc_bin,
    WHOLE: read_whole,
}
STREAMED = ("txt", "jsonl", "csv", "tsv")  # what standard input can have
_ENDINGS = {".ndjson": "jsonl", **{f".{kind}": kind for kind in KINDS if kind != WHOLE}}
FILE = "file"  # column of the names of files that are a text each


@dataclass(frozen=True)
class Source:
    """path: File, folder, or - for standard input. text: Column of the texts.

    kind: Of all files, one of `KINDS`; None to tell it from their endings.
    """

    path: str
    text: str
    kind: str | None = None

    def check(self) -> None:
        """RAISES (ValueError): A kind that is none; a file, or a folder without files, whose kind can't be told; or
        there is nothing of that name.
        """
        if self.kind is not None and self.kind not in KINDS:
            raise ValueError(Errors.B010.format(found=self.kind, setting="--from", allowed=", ".join(KINDS)))
        if self.path == STDIN:
            if self.kind is not None and self.kind not in STREAMED:
                raise ValueError(Errors.B010.format(found=self.kind, setting="--from", allowed=", ".join(STREAMED)))
            return
        path = Path(self.path)
        if not path.exists():
            raise ValueError(Errors.B526.format(place=self.path, reason="there is no such file or folder"))
        if not self._files():
            reason = "it has no such files" if path.is_dir() else f"its ending is '{path.suffix}'"
            raise ValueError(Errors.B525.format(path=path, reason=reason, allowed=", ".join(_ENDINGS)))

    def total(self) -> int | None:
        """Bytes of all files; None of standard input."""
        return None if self.path == STDIN else sum(path.stat().st_size for path, _ in self._files())

    def chunks(self) -> Iterator[Chunk]:
        """RAISES (ValueError): A file is damaged, or has no such column."""
        progress = Progress()
        return cut(self._rows(progress), progress, self.text)

    def _rows(self, progress: Progress) -> Iterator[Row]:
        if self.path == STDIN:
            with opened(None) as file:
                kind = self.kind or ("jsonl" if file.head(1) == b"{" else "txt")
                yield from KINDS[kind](file, self.text)
            return
        before = 0
        for path, kind in self._files():
            with opened(path) as file:
                for row in KINDS[kind](file, self.text):
                    progress.read = before + file.read()
                    yield self._named(row, path) if kind == WHOLE else row
                before += file.size
        progress.read = before

    def _named(self, row: Row, path: Path) -> Row:
        name = path.name if path == Path(self.path) else path.relative_to(self.path).as_posix()
        return row._replace(values={FILE: name, **row.values})

    def _files(self) -> list[tuple[Path, str]]:
        """With their kinds, sorted by name. In a folder a .txt file is a text; files of other endings are left out."""
        root = Path(self.path)
        if not root.is_dir():
            kind = self.kind or _kind(root)
            return [] if kind is None else [(root, kind)]
        paths = sorted(path for path in root.rglob("*") if path.is_file() and not _is_hidden(path.relative_to(root)))
        found = [(path, _kind(path)) for path in paths]
        return [
            (path, self.kind or (WHOLE if kind == "txt" else kind))
            for path, kind in found
            if kind is not None and (self.kind in (None, kind) or (self.kind == WHOLE and kind == "txt"))
        ]


def _kind(path: Path) -> str | None:
    return _ENDINGS.get(Path(path.name.lower().removesuffix(".gz")).suffix)


def _is_hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
