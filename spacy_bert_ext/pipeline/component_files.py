"""The files of one component: settings, weights, and checksums of both."""

import json
import shutil
import warnings
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, Protocol

from thinc.api import Model

from ..errors import Errors, Warnings
from ..files.checksums import CHECKSUMS_FILE, write_checksums
from ..files.contents import Contents
from ..files.folder_kinds import SETTINGS_FILE
from ..files.folders import INITIALIZED
from ..files.loaded import Loaded
from ..files.saved_files import SavedFiles
from ..runtime.finite import NotFiniteError, not_finite
from ..runtime.torch_shim import TorchShim, torch_shim_of


class Saved(Protocol):
    """What is written and read; see `BertPipe`."""

    name: str
    model: Model[Any, Any]
    cfg: dict[str, Any]
    loaded: Loaded | None

    def shims(self) -> list[TorchShim]: ...

    def write(self, folder: Path) -> None: ...

    def read(self, files: SavedFiles, settings: dict[str, Any], *, initialized: bool) -> Callable[[], None]: ...

    def belonging(self) -> dict[str, object]: ...

    def check_belonging(self, files: SavedFiles, place: Path | None) -> None: ...


def write_component(pipe: Saved, folder: Path) -> None:
    """Write into an empty folder.

    RAISES (NotFiniteError): Weights that hold nan or infinite numbers.
    """
    for shim in pipe.shims():
        damaged = not_finite(shim.module) if shim.module is not None else []
        if damaged:
            raise NotFiniteError(Errors.B152.format(name=pipe.name, weights=", ".join(damaged[:3]), n=len(damaged)))
    settings = {**pipe.cfg, INITIALIZED: torch_shim_of(pipe.model).module is not None}
    # Not by srsly, which rounds numbers to ten decimals: so small a threshold would become 0.
    (folder / SETTINGS_FILE).write_text(json.dumps(settings, ensure_ascii=False, indent=2), encoding="utf8")
    pipe.write(folder)
    write_checksums(folder, pipe.belonging())
    for file in folder.rglob("*"):
        if file.is_file():
            shutil.copymode(folder / SETTINGS_FILE, file)  # safetensors lets only the owner read


def read_component(pipe: Saved, contents: Contents, where: Path, place: Path) -> Callable[[], None]:
    """Read what `write_component` wrote. Nothing changes until the returned function is called.

    where (Path): Of the files, for messages and for `Loaded`.
    place (Path): See `Loaded`.
    RAISES (ValueError): A file is missing, damaged or changed, or does not fit the others.
    """
    with closing(SavedFiles(contents, pipe.name, where)) as files:
        if files.has(CHECKSUMS_FILE):
            files.check_with(files.read_json(CHECKSUMS_FILE))
        settings = files.read_json(SETTINGS_FILE)
        if not files.recorded:
            warnings.warn(Warnings.B191.format(name=pipe.name, path=where, checksums=CHECKSUMS_FILE))
        initialized = bool(settings.pop(INITIALIZED, True))
        pipe.check_belonging(files, place)
        use_weights = pipe.read(files, settings, initialized=initialized)
        files.finish()

    def apply() -> None:
        use_weights()
        pipe.cfg.update(settings)
        pipe.loaded = Loaded(where, place, files.recorded)

    return apply
