"""Temporary folders in which something is being saved, and what killed processes have left of theirs.

A process holds a lock on its folder for as long as it saves, and loses it when it dies. So a folder that can be locked
was left behind.
"""

import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

SAVING, REPLACING = "saving", "replacing"
NEW, OLD = "new", "old"  # what is in a temporary folder

_TEMPORARY = re.compile(rf"\..+\.({SAVING}|{REPLACING})-[a-z0-9_]{{8}}")

_OLD_SECONDS = 24 * 60 * 60  # after which a folder that can't be locked here counts as left behind


@contextmanager
def temporary_beside(path: Path, kind: str = SAVING) -> Iterator[Path]:
    """A locked folder beside `path`, on the same file system, whose name begins with a dot."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=_prefix(path, kind), dir=path.parent))
        lock = _open(folder)
        # Another process may have taken it for one that was left behind before it was locked.
        if _lock(lock) is not False and folder.exists():
            break
        _close(lock)
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)
        _close(lock)


@contextmanager
def held(folder: Path) -> Iterator[bool]:
    """RETURNS: Whether the folder is this process's until the block ends; not if another one has it."""
    lock = _open(folder)
    try:
        yield _lock(lock) is not False
    finally:
        _close(lock)


def settle(path: Path) -> None:
    """Remove what processes that were killed have left beside `path`.

    Where folders can't exchange their names, a process may have been killed after it moved the old one out of the way:
    the new one, which is whole, takes its place now.
    """
    for folder in _folders(path):
        lock = _open(folder)
        try:
            if not _is_left(folder, lock):
                continue
            if (folder / NEW).exists() and (folder / OLD).exists() and not path.exists():
                (folder / NEW).rename(path)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:  # not ours to write: what is there can be read all the same
            continue
        finally:
            _close(lock)


def replacing_in(pipeline: Path) -> Path | None:
    """The temporary folder of a process that replaces a part of this pipeline, or was killed while it did."""
    return next((path for path in _entries(pipeline) if _kind(path) == REPLACING), None)


def is_temporary(path: Path) -> bool:
    return _kind(path) is not None


def _kind(path: Path) -> str | None:
    match = _TEMPORARY.fullmatch(path.name)
    return match and match[1]


def _folders(path: Path) -> list[Path]:
    return [folder for folder in _entries(path.parent) if is_temporary(folder) and _is_of(folder, path)]


def _is_of(folder: Path, path: Path) -> bool:
    return folder.name.startswith(tuple(_prefix(path, kind) for kind in (SAVING, REPLACING)))


def _entries(folder: Path) -> list[Path]:
    try:
        return list(folder.iterdir())
    except OSError:
        return []


def _prefix(path: Path, kind: str) -> str:
    return f".{path.name}.{kind}-"


def _is_left(folder: Path, lock: int | None) -> bool:
    is_locked_here = _lock(lock)
    if is_locked_here is None:
        return time.time() - folder.stat().st_mtime > _OLD_SECONDS
    return is_locked_here


def _open(folder: Path) -> int | None:
    try:
        return os.open(folder, os.O_RDONLY)
    except OSError:
        return None


def _lock(descriptor: int | None) -> bool | None:
    """RETURNS (Optional[bool]): Whether the lock is ours now; None if there are no locks here."""
    if fcntl is None or descriptor is None:
        return None
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    except OSError:  # some network file systems
        return None
    return True


def _close(descriptor: int | None) -> None:
    if descriptor is not None:
        os.close(descriptor)
