"""A whole pipeline on disk: all of it or, after a kill, a full disk or an error, all of what was there before."""

import hashlib
import os
import shutil
from pathlib import Path

import srsly
from spacy.language import Language

from ..errors import Errors
from ..files.checksums import CHECKSUMS_FILE
from ..files.folder_kinds import CONFIG_FILE, META_FILE, PIPELINE
from ..files.folders import SAVE_KEY, check_outside, keep_others, written_whole
from .links import check_pipeline
from .saved_config import SavedConfig

SPACY_FILES = {META_FILE, CONFIG_FILE, "tokenizer", "vocab"}


def save_pipeline(nlp: Language, path: str | Path) -> None:
    """See `spacy_bert_ext.save_pipeline`."""
    path = Path(path)
    check_outside(path)
    check_pipeline(nlp)
    with written_whole(path, replacing=PIPELINE) as folder:
        nlp.to_disk(folder)
        _sign(folder)
        keep_others(path, folder, SPACY_FILES | SavedConfig(path).component_names)


def copy_pipeline(source: Path, path: Path) -> None:
    """Replace the pipeline in a folder by a copy of another one, all or nothing.

    RAISES: As `save_pipeline`.
    """
    check_outside(path)
    with written_whole(path, replacing=PIPELINE) as folder:
        shutil.copytree(source, folder, dirs_exist_ok=True)
        keep_others(path, folder, SPACY_FILES | SavedConfig(path).component_names)


def check_same_save(component: Path, expected: str | None) -> None:
    """Whether a component belongs to the save whose meta.json was read when loading began.

    expected (str): Of that file; None if it had none.

    RAISES (ValueError): Another process has saved a pipeline there meanwhile.
    """
    meta = component.parent / META_FILE
    found = srsly.read_json(meta).get(SAVE_KEY) if expected is not None and meta.exists() else None
    if found is not None and found != expected:
        raise ValueError(Errors.B205.format(path=component.parent))


def _sign(folder: Path) -> None:
    file = folder / META_FILE
    time = file.stat().st_mtime_ns
    srsly.write_json(file, {**srsly.read_json(file), SAVE_KEY: _digest(folder)})
    os.utime(file, ns=(time, time))  # before that of all components, as `nlp.to_disk` leaves it


def _digest(folder: Path) -> str:
    """Of all files but meta.json's earlier digest: the same pipeline, saved twice, gives the same files."""
    content = hashlib.blake2b(digest_size=16)
    for file in sorted(path for path in folder.rglob("*") if path.is_file()):
        parts = file.relative_to(folder).parts
        if file.name != CHECKSUMS_FILE and (folder / parts[0] / CHECKSUMS_FILE).exists():
            continue  # its checksum stands there
        content.update("/".join(parts).encode("utf8"))
        if file == folder / META_FILE:
            meta = {name: value for name, value in srsly.read_json(file).items() if name != SAVE_KEY}
            content.update(srsly.json_dumps(meta, sort_keys=True).encode("utf8"))
        else:
            content.update(file.read_bytes())
    return content.hexdigest()
