"""Folders of pipelines, and of components, which are written whole or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ..errors import Errors

SETTINGS_FILE = "cfg"  # every component writes it; it marks a folder as ours
INITIALIZED = "initialized"  # in `cfg`: whether there are weights beside it


def require_pipeline(path: Path) -> None:
    """RAISES (ValueError): The folder holds no pipeline."""
    if not (path / "meta.json").exists() or not (path / "config.cfg").exists():
        raise ValueError(Errors.B066.format(path=path))


@contextmanager
def written_whole(path: Path, *, replacing: str | None = SETTINGS_FILE) -> Iterator[Path]:
    """A temporary folder that takes the place of `path` when the block ends without an error.

    replacing (str): File that marks a folder as one that may be replaced; None replaces nothing.

    A process killed just between the two renames at the end leaves the old folder under a name that begins with a dot.

    RAISES (ValueError): `path` holds something else.
    """
    is_full = path.exists() and (not path.is_dir() or any(path.iterdir()))
    if is_full and (replacing is None or not (path / replacing).exists()):
        raise ValueError(Errors.B032.format(path=path))
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{path.name}-", dir=path.parent) as temporary:
        new, old = Path(temporary) / "new", Path(temporary) / "old"
        new.mkdir()
        yield new
        if path.exists():
            path.rename(old)
        new.rename(path)
