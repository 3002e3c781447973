"""Folders of pipelines, and of components, which are written whole or not at all."""

import os
import shutil
import tempfile
from collections.abc import Container, Iterator
from contextlib import contextmanager
from pathlib import Path

from safetensors import SafetensorError

from ..errors import Errors
from .exchange import exchange
from .folder_kinds import COMPONENT, PIPELINE, FolderKind
from .unfinished import NEW, OLD, SAVING, is_temporary, settle, temporary_beside

INITIALIZED = "initialized"  # in `cfg`: whether there are weights beside it
BYTES_PER_MB = 10**6
SAVE_KEY = "spacy_bert_ext_save"  # in meta.json, by `save_pipeline`: differs between saves of unlike pipelines


class SaveError(OSError):
    """Nothing was written; what was there before is as it was.

    reason: Of the system.
    """

    def __init__(self, text: str, reason: str = "") -> None:
        super().__init__(text)
        self.reason = reason


def is_pipeline(path: Path) -> bool:
    return PIPELINE.is_kind_of(path)


def folder_megabytes(folder: Path) -> float:
    return sum(file.stat().st_size for file in folder.rglob("*") if file.is_file()) / BYTES_PER_MB


def require_pipeline(path: Path) -> None:
    """RAISES (ValueError): It is a file, or a folder without a pipeline; such as that of a training, which has two."""
    if is_pipeline(path):
        return
    reason = "it has no meta.json or no config.cfg" if path.is_dir() else "it is no folder"
    within = sorted(filter(is_pipeline, path.iterdir())) if path.is_dir() else []
    advice = f"one of those in it: {', '.join(map(str, within))}" if within else "a folder that `nlp.to_disk` wrote"
    raise ValueError(Errors.B066.format(path=path, reason=reason, advice=advice))


def check_output(path: Path, *, replacing: FolderKind, force: bool = True) -> None:
    """Find out whether a folder can be written, before there is anything to write.

    replacing (FolderKind), force (bool): As in `written_whole`.

    RAISES (ValueError): `path` holds something else, or lies within a pipeline.
    RAISES (SaveError): It can't be written.
    """
    target = Path(os.path.realpath(path))
    _check_replaceable(target, replacing, force)
    check_outside(path)
    ancestor = next(parent for parent in target.parents if os.path.lexists(parent))
    with _named_errors(path):
        tempfile.TemporaryDirectory(prefix=f".{target.name}.{SAVING}-", dir=ancestor).cleanup()
        if target.exists() and not os.access(target, os.W_OK):
            raise PermissionError("it may not be changed")


def check_outside(path: Path) -> None:
    """RAISES (ValueError): `path` lies within a pipeline."""
    pipeline = next(filter(is_pipeline, Path(os.path.realpath(path)).parents), None)
    if pipeline is not None:
        raise ValueError(Errors.B201.format(path=path, pipeline=pipeline))


@contextmanager
def written_whole(
    path: Path, *, replacing: FolderKind = COMPONENT, force: bool = True, kind: str = SAVING
) -> Iterator[Path]:
    """A temporary folder that takes the place of `path` when the block, which does nothing but write, ends well.

    A process that is killed leaves the old folder or the new one. Where folders can't exchange their names in one step
    (Windows, some network file systems), it may be neither for a moment: `settle` then puts the new one there.

    path (Path): A link to a folder stays one: what it leads to is replaced.
    replacing (FolderKind): A folder of something else is never replaced.
    force (bool): Whether one of this kind is.
    kind (str): Of the temporary folder, see `unfinished.py`.

    RAISES (ValueError): `path` holds something else.
    RAISES (SaveError): The disk is full, or the folder can't be written.
    """
    target = Path(os.path.realpath(path))
    _check_replaceable(target, replacing, force)
    with _named_errors(path):
        target.parent.mkdir(parents=True, exist_ok=True)
        settle(target)
        with temporary_beside(target, kind) as temporary:
            new = temporary / NEW
            new.mkdir()
            yield new
            _take_place(new, target, temporary / OLD)


@contextmanager
def file_written_whole(file: Path) -> Iterator[Path]:
    """A temporary file to write, which takes the place of `file` when the block ends well; else the old one stays.

    RAISES (SaveError): The disk is full, or it can't be written.
    """
    target = Path(os.path.realpath(file))
    with _named_errors(file):
        target.parent.mkdir(parents=True, exist_ok=True)
        settle(target)
        with temporary_beside(target) as temporary:
            yield temporary / NEW
            (temporary / NEW).replace(target)


def write_text_whole(file: Path, text: str) -> None:
    """Write a file, or leave the old one. RAISES (SaveError): As above."""
    with file_written_whole(file) as new:
        new.write_text(text, encoding="utf8")


def removed_whole(path: Path) -> None:
    """Remove a folder; a process that is killed leaves all of it or nothing.

    RAISES (SaveError): It can't be removed.
    """
    with _named_errors(path), temporary_beside(path) as temporary:
        path.rename(temporary / OLD)


def keep_others(old: Path, new: Path, known: Container[str]) -> None:
    """Copy what is in `old` besides what is known, such as a README or a file browser's, into the folder to come."""
    for entry in old.iterdir() if old.exists() else ():
        if entry.name in known or is_temporary(entry) or (new / entry.name).exists():
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.copytree(entry, new / entry.name, symlinks=True)
        else:
            shutil.copy2(entry, new / entry.name, follow_symlinks=False)


def _check_replaceable(target: Path, replacing: FolderKind, force: bool) -> None:
    replacing.check_replaceable(target, force=force)
    if os.path.ismount(target):
        raise SaveError(Errors.B200.format(path=target, reason="it is a mount point, which can't be replaced"))
    if _is_working_folder(target):
        # It would be removed under this process, and under the shell that has called it.
        raise SaveError(Errors.B200.format(path=target, reason="the working directory is there, and can't be replaced"))


def _is_working_folder(target: Path) -> bool:
    try:
        return Path(os.path.realpath(os.getcwd())).is_relative_to(target)
    except OSError:  # it was removed
        return False


def _take_place(new: Path, target: Path, old: Path) -> None:
    if target.exists():
        shutil.copymode(target, new)
        if exchange(new, target):
            return
        target.rename(old)
    new.rename(target)


@contextmanager
def _named_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, SafetensorError) as error:
        if _is_of_another(error, path):  # such as a file that is read meanwhile
            raise
        # Of a folder within this one, the reason alone: that folder is a temporary one.
        reasons = getattr(error, "reason", None), getattr(error, "strerror", None), " ".join(str(error).split())
        reason = next(filter(None, reasons))
        raise SaveError(Errors.B200.format(path=path, reason=reason), reason) from error


def _is_of_another(error: Exception, path: Path) -> bool:
    """Whether an error of the system names a file that has nothing to do with what is written."""
    if isinstance(error, SaveError):
        return False
    # Of a copy there are two: that it can't be written is told with both.
    names = [getattr(error, "filename", None), getattr(error, "filename2", None)]
    files = [Path(os.path.realpath(name)) for name in names if isinstance(name, str)]
    target = Path(os.path.realpath(path))
    return bool(files) and not any(_concerns(file, target) for file in files)


def _concerns(file: Path, target: Path) -> bool:
    is_within = file.is_relative_to(target) or target.is_relative_to(file)
    return is_within or any(map(is_temporary, (file, *file.parents)))


def check_not_input(output: Path, source: Path) -> None:
    """RAISES (ValueError): The output would replace what it is made from."""
    if output.exists() and source.exists() and output.samefile(source):
        raise ValueError(Errors.B583.format(path=output))
