"""Whether a training that is resumed is the one that was interrupted."""

import hashlib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from spacy.util import dict_to_dot
from thinc.api import Config

# Of [training]; [paths] may differ as well. How long training goes on, and what is printed, is free.
FREE_SETTINGS = ("max_steps", "max_epochs", "patience", "eval_frequency", "logger")

_N_SHOWN = 5  # differences
_SAMPLE_BYTES = 2**20  # of a corpus file, at its beginning and at its end


def differences(saved: Config, current: Config) -> list[str]:
    """What differs between two configs, of settings that must be the same to resume.

    saved (Config): With variables replaced.
    current (Config): With variables: what is derived from a setting that is free may differ, too.
    """
    aligned = current.copy()
    aligned["paths"] = {**current.get("paths", {}), **saved["paths"]}
    n_epochs = current.interpolate()["training"]["max_epochs"]
    # Streamed and shuffled corpora have their Docs in different orders.
    is_streamed_as_before = (n_epochs < 0) == (saved["training"]["max_epochs"] < 0)
    for name in FREE_SETTINGS:
        if name != "max_epochs" or is_streamed_as_before:
            aligned["training"][name] = saved["training"][name]
    aligned = aligned.interpolate()
    aligned["paths"] = saved["paths"]
    old, new = (dict_to_dot(plain(config)) for config in (saved, aligned))
    changed = [key for key in {**old, **new} if _shown(old, key) != _shown(new, key)]
    shown = [f"{key} was {_shown(old, key)}, is {_shown(new, key)}" for key in changed[:_N_SHOWN]]
    return shown + ([f"{len(changed) - _N_SHOWN} more"] if len(changed) > _N_SHOWN else [])


def _shown(values: dict[str, Any], key: str) -> str:
    return repr(values[key]) if key in values else "not set"


def plain(config: Config) -> Config:
    """As it is read from a file."""
    return Config().from_str(config.to_str(interpolate=False), interpolate=False)


def corpus_files(config: Config) -> dict[str, Any]:
    """Sizes of the corpora's files and hashes of their beginnings and ends, by the settings that name them."""
    return {
        key: {name: _size_and_hash(file) for name, file in _files(Path(value))}
        for key, value in dict_to_dot(config["corpora"]).items()
        if isinstance(value, str) and Path(value).exists()
    }


def _files(path: Path) -> Iterator[tuple[str, Path]]:
    """Files in a folder by their names there, or one without a name."""
    if path.is_file():
        yield "", path
    else:
        yield from ((str(file.relative_to(path)), file) for file in sorted(path.rglob("*")) if file.is_file())


def _size_and_hash(file: Path) -> list[Any]:
    found = file.stat()
    return [found.st_size, _hash_of(file, found.st_mtime_ns)]


# Asked at each save: raw text may be in very many files.
@cache
def _hash_of(file: Path, changed: int) -> str:
    """changed (int): When the file did."""
    with file.open("rb") as opened:
        content = hashlib.sha256(opened.read(_SAMPLE_BYTES))
        opened.seek(max(opened.tell(), file.stat().st_size - _SAMPLE_BYTES))
        content.update(opened.read())
    return content.hexdigest()
