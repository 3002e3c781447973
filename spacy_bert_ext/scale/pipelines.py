"""What is known of a pipeline before it is loaded: its files, and which columns it fills."""

import hashlib
from importlib import import_module
from pathlib import Path

import spacy
from spacy.util import get_model_meta, is_package, load_config

from ..errors import Errors
from ..files.folder_kinds import CONFIG_FILE
from ..files.folders import require_pipeline

_CHUNK_BYTES = 2**20
_FILLED = {
    "doc.ents": "ents",
    "doc.spans": "spans",
    "doc.cats": "cats",
    "doc._.summary": "summary",
    "doc._.pair_score": "pair_score",
}


def pipeline_folder(name: str) -> Path:
    """RAISES (ValueError): It is neither a folder of a pipeline nor an installed package."""
    path = Path(name)
    if not path.exists() and is_package(name):
        path = Path(str(import_module(name).__file__)).parent
        meta = get_model_meta(path)
        path = path / f"{meta['lang']}_{meta['name']}-{meta['version']}"
    if not path.exists():
        raise ValueError(Errors.B520.format(pipeline=name))
    require_pipeline(path)
    return path


def fingerprint(folder: Path, code: Path | None = None) -> str:
    """Of all files of a pipeline, and of a file with functions that its config names."""
    found = hashlib.sha256()
    files = [(path.relative_to(folder).as_posix(), path) for path in folder.rglob("*") if path.is_file()]
    for name, path in [*sorted(files), *([] if code is None else [("", code)])]:
        found.update(name.encode("utf8", "surrogateescape") + b"\0")
        with path.open("rb") as file:
            while data := file.read(_CHUNK_BYTES):
                found.update(data)
    return found.hexdigest()


def filled_columns(folder: Path) -> list[str]:
    """Of our columns, those that its components write to."""
    config = load_config(folder / CONFIG_FILE)
    nlp = spacy.blank(config["nlp"]["lang"])  # which knows all factories
    found: set[str] = set()
    for name in config["nlp"]["pipeline"]:
        factory = config["components"][name].get("factory")
        if factory is not None and nlp.has_factory(factory):
            found.update(_FILLED[one] for one in nlp.get_factory_meta(factory).assigns if one in _FILLED)
    return [column for column in _FILLED.values() if column in found]
