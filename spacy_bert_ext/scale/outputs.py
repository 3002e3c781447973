"""Outputs: which kind a name asks for, whether it may be replaced, and how it gets there."""

import shutil
from collections.abc import Sequence
from pathlib import Path

from ..errors import Errors
from .annotate import Annotate
from .sinks.doc_bins import DocBins
from .sinks.sink import Sink
from .sinks.streamed import Conll, JsonLines
from .sinks.tables import Csv, Parquet

STDOUT = "-"
KINDS = ("jsonl", "csv", "parquet", "spacy", "conll")
STREAMED = ("jsonl", "conll")
_ENDINGS = {**{f".{kind}": kind for kind in KINDS}, ".ndjson": "jsonl", ".pq": "parquet"}
_NEEDS_DOC = ("spacy", "conll")


def kind_of(output: str, kind: str | None) -> str:
    """kind: Which was asked for; None to tell it from the ending.

    RAISES (ValueError): It is none, or can't be told.
    """
    allowed = STREAMED if output == STDOUT else KINDS
    if kind is None and output == STDOUT:
        return STREAMED[0]
    if kind is None:
        ending = Path(output).suffix
        if ending not in _ENDINGS:
            reason = f"its ending is '{ending}'" if ending else "it has no ending"
            raise ValueError(Errors.B525.format(path=output, reason=reason, allowed=", ".join(_ENDINGS)))
        return _ENDINGS[ending]
    if kind not in allowed:
        raise ValueError(Errors.B010.format(found=kind, setting="--to", allowed=", ".join(allowed)))
    return kind


def needed_columns(kind: str, columns: Sequence[str]) -> tuple[str, ...]:
    """Of `Annotate`: those that were asked for, and what the output is made of."""
    return (*columns, "doc") if kind in _NEEDS_DOC and "doc" not in columns else tuple(columns)


def sink_of(kind: str, annotate: Annotate) -> Sink:
    """RAISES (ImportError): pyarrow is missing."""
    if kind == "jsonl":
        return JsonLines()
    if kind == "csv":
        return Csv()
    if kind == "parquet":
        return Parquet(annotate.kinds())
    if kind == "spacy":
        return DocBins(annotate.text, list(annotate.kinds()), annotate.prefix)
    return Conll(annotate.text, annotate.prefix)


def check_replaceable(output: Path, *, is_allowed: bool) -> None:
    """RAISES (ValueError): Something is there: at all, or something else than an output."""
    if output.is_dir() and not all(path.suffix == ".spacy" and path.stem.isdecimal() for path in output.iterdir()):
        raise ValueError(Errors.B531.format(path=output))
    if output.exists() and not is_allowed:
        raise ValueError(Errors.B527.format(path=output))


def take_place(new: Path | None, old: Path) -> None:
    """Move a file or folder to where another one may be; None: nothing comes there."""
    if old.is_dir():
        shutil.rmtree(old)
    elif new is None or new.is_dir():
        old.unlink(missing_ok=True)
    if new is not None:
        new.replace(old)
