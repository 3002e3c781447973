"""An encoder as it is saved with a pipeline: its checkpoint, and files of its back end.

An int8 encoder has no weights beside the files of its back end. What cannot be read from these then stands in
`int8.json`.
"""

import json
from dataclasses import dataclass
from pathlib import Path

from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.loading import read_checkpoint, read_weightless_checkpoint
from ..huggingface.module import has_weights_files
from ..huggingface.types import PreTrainedModel
from ..huggingface.weightless import weightless_module
from .backends.backend import Backend, Int8Backend, Weights
from .backends.registry import new_backend
from .settings import EncoderSettings

INT8_FILE = "int8.json"


@dataclass
class SavedCheckpoint(Checkpoint):
    """One that was saved with a pipeline: its back end may have files of its own."""

    backend: Backend | None = None

    @property
    def made_from(self) -> str | None:
        """Checksum of the weights that its int8 ones were made of, which have taken their place."""
        if self.has_weights or not isinstance(self.backend, Int8Backend):
            return None
        return self.backend.made_from


def has_pooler(checkpoint: Checkpoint) -> bool:
    return getattr(checkpoint.module, "pooler", None) is not None


def without_weights(checkpoint: Checkpoint) -> PreTrainedModel:
    """A module like the checkpoint's that has none."""
    module = checkpoint.module
    return weightless_module(type(module), module.config, type(module).__name__, has_pooler=has_pooler(checkpoint))


def read_saved_checkpoint(files: SavedFiles, settings: EncoderSettings) -> SavedCheckpoint:
    """What `save_checkpoint` wrote.

    RAISES (ValueError): As `read_checkpoint`; the encoder is int8, for another back end than that of the settings.
    """
    backend, where = new_backend(settings.backend), str(files.where)
    int8 = None if has_weights_files(files) or not files.has(INT8_FILE) else files.read_json(INT8_FILE)
    if int8 is not None and int8.get("backend") != settings.backend:
        raise ValueError(Errors.B363.format(path=where, found=int8.get("backend"), wanted=settings.backend))
    backend.read(files)
    if int8 is None:
        found = read_checkpoint(files, where, settings.pieces_from)
    else:
        pooler = bool(int8.get("has_pooler"))
        found = read_weightless_checkpoint(files, where, settings.pieces_from, has_pooler=pooler)
        if not isinstance(backend, Int8Backend) or backend.made_from is None:
            reason = f"{where} has no files of it"
            raise ValueError(Errors.B364.format(backend=settings.backend, reason=reason))
    return SavedCheckpoint(found.config, found.tokenizer, found.module, backend=backend)


def save_checkpoint(checkpoint: Checkpoint, backend: Backend, folder: Path, *, name: str, weights: Weights) -> None:
    """Write the checkpoint, and files of the back end, into a folder that exists.

    name (str): Of the back end.
    """
    checkpoint.save(folder)
    backend.save(folder, weights)
    if not checkpoint.has_weights:
        table = {"backend": name, "has_pooler": has_pooler(checkpoint)}
        (folder / INT8_FILE).write_text(json.dumps(table, indent=2), encoding="utf8")
