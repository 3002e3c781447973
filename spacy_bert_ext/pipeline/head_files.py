"""The weights of a head, and of an encoder of its own, on disk: what is read is checked before it is used."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from ..encoder.model import EncoderModel, use_checkpoint
from ..encoder.shim import encoder_shim_of
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..files.weights_file import UnreadableWeights
from ..heads.model import Head
from ..heads.module import WEIGHTS_FILE, HeadModule
from ..runtime.finite import not_finite

ENCODER_FOLDER = "encoder"  # only of a head with an encoder of its own


def read_module(files: SavedFiles, head: Head[Any, Any]) -> HeadModule:
    """A head's module with its weights.

    RAISES (ValueError): The weights are damaged, or not those of such a head.
    """
    try:
        module: HeadModule = head.read_module(files, files.start_reading_weights(WEIGHTS_FILE).result())
    except (UnreadableWeights, OSError, MemoryError, RuntimeError) as error:
        raise files.error(f"the weights in {WEIGHTS_FILE} can't be loaded: {error}") from error
    damaged = not_finite(module)
    if damaged:
        raise files.error(f"the weights {', '.join(damaged)} in {WEIGHTS_FILE} hold nan or infinite numbers")
    return module


def check_sizes(module: HeadModule, files: SavedFiles, *, n_labels: int, n_outputs: int, width: int) -> None:
    """RAISES (ValueError): The module is not one for so many labels and outputs, on vectors of this width."""
    if (module.n_outputs, module.width) != (n_outputs, width):
        raise ValueError(
            Errors.B031.format(
                path=f"{files.where}/{WEIGHTS_FILE}",
                found_outputs=module.n_outputs,
                found_width=module.width,
                name=files.name,
                labels=n_labels,
                outputs=n_outputs,
                width=width,
            )
        )


def write_encoder(encoder: EncoderModel, folder: Path) -> None:
    """Write an encoder that belongs to a head alone into a folder of its own; nothing if it has no weights."""
    shim = encoder_shim_of(encoder)
    if shim.checkpoint is not None:
        (folder / ENCODER_FOLDER).mkdir()
        shim.save(folder / ENCODER_FOLDER)


def read_encoder(encoder: EncoderModel, files: SavedFiles) -> Callable[[], None]:
    """Read what `write_encoder` wrote. Nothing changes until the returned function is called."""
    checkpoint = encoder_shim_of(encoder).read(files.within(ENCODER_FOLDER))
    return partial(use_checkpoint, encoder, checkpoint)
