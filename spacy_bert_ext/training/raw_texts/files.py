"""A path → the files of raw text that it means."""

from pathlib import Path

from ...errors import Errors

GZIP = ".gz"
JSON_LINES = (".jsonl", ".json", ".ndjson")
DOC_BIN = ".spacy"
ENDINGS = (".txt", *JSON_LINES, DOC_BIN)


def kind_of(path: Path) -> str:
    """The ending in small letters, without that of gzip."""
    name = path.name.lower()
    return Path(name.removesuffix(GZIP)).suffix


def find_files(path: Path) -> list[Path]:
    """The file itself, whatever its ending; of a folder all files below it that end as raw text does, sorted.

    Hidden files and folders are left out.
    RAISES (ValueError): There is nothing.
    """
    if path.is_file():
        return [path]
    endings = ", ".join(ENDINGS)
    if not path.is_dir():
        raise ValueError(Errors.B402.format(path=path, reason="there is no such file or folder", endings=endings))
    below = sorted(found for found in path.rglob("*") if found.is_file())
    visible = [found for found in below if not any(part.startswith(".") for part in found.relative_to(path).parts)]
    files = [found for found in visible if kind_of(found) in ENDINGS]
    if not files:
        reason = f"none of the {len(visible)} files in this folder ends so" if visible else "the folder has no files"
        raise ValueError(Errors.B402.format(path=path, reason=reason, endings=endings))
    return files
