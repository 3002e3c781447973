"""The table of formats, and which of them a file has."""

from pathlib import Path

from ...errors import Errors
from . import brat, conll, csv_format, datasets_format, doccano, label_studio, prodigy, tuples
from .heads import read_head
from .options import Format, Write

FORMATS = {
    one.name: one
    for one in (
        csv_format.FORMAT,
        prodigy.FORMAT,
        doccano.FORMAT,
        label_studio.FORMAT,
        tuples.FORMAT,
        brat.FORMAT,
        conll.FORMAT,
        datasets_format.FORMAT,
    )
}


def format_of(path: Path, name: str | None = None) -> Format:
    """By its name, or recognised by the name and the first bytes of a file, or by what a folder holds.

    RAISES (ValueError): There is none of this name, none or several are recognised, or it is no text.
    RAISES (OSError): There is no such file.
    """
    if name is not None:
        if name not in FORMATS:
            raise ValueError(Errors.B501.format(found=name, allowed=", ".join(FORMATS)))
        return FORMATS[name]
    if not path.exists():
        raise ValueError(Errors.B514.format(path=path))
    head = b"" if path.is_dir() else read_head(path)
    found = [one for one in FORMATS.values() if one.recognises(path, head)]
    if len(found) > 1 and found[0].name == "csv" and Path(path.name.removesuffix(".gz")).suffix != ".csv":
        found = found[1:]  # what is in it says more than an ending that several share
    if len(found) == 1:
        return found[0]
    reason = "it may be " + " or ".join(one.name for one in found) if found else _why_none(path, head)
    raise ValueError(Errors.B500.format(path=path, reason=reason, allowed=", ".join(FORMATS)))


def _why_none(path: Path, head: bytes) -> str:
    if path.is_dir():
        return "none is recognised"
    if not head.strip():
        return "it is empty"
    if head.lstrip().startswith(b"{"):
        other = "`--format prodigy --columns text=KEY,label=KEY`"
        return f"none has such keys (JSON lines with keys of your own are read by {other})"
    return "none is recognised"


def writable_format(name: str) -> Write:
    """RAISES (ValueError): There is none of this name, or it is only read."""
    found = FORMATS.get(name)
    if found is None or found.write is None:
        allowed = ", ".join(one.name for one in FORMATS.values() if one.write is not None)
        raise ValueError(Errors.B498.format(found=name, allowed=allowed))
    return found.write
