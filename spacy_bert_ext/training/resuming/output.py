"""Whether the folder of a training can be written, before there is anything to lose."""

import shutil
import warnings
from collections.abc import Iterator
from pathlib import Path

from spacy.language import Language
from spacy.training.loop import DIR_MODEL_BEST, DIR_MODEL_LAST

from ...errors import Errors, Warnings
from ...files.folder_kinds import FolderKind
from ...files.folders import SaveError, check_output
from .state import STATE, STATE_FOLDER
from .weights import weights

# In sizes of all weights. The first evaluation writes two pipelines, and a state of weights and two moments of each;
# each state after it is written before the one before is removed. Weights that don't learn have no moments.
_LEAST, _MOST = 3, 8


def check_training_output(output_path: Path, kind: FolderKind) -> None:
    """kind (FolderKind): Of `model-last` and `model-best`.

    RAISES (ValueError): A folder that training would write holds something else, or lies within a pipeline.
    RAISES (SaveError): It can't be written.
    """
    for name in (DIR_MODEL_LAST, DIR_MODEL_BEST):
        check_output(output_path / name, replacing=kind)
    check_output(output_path / STATE_FOLDER, replacing=STATE)


def check_space(nlp: Language, output_path: Path) -> None:
    """Warns if the disk may run full.

    RAISES (SaveError): There is no room for the pipelines and the weights of a state.
    """
    existing = next(path for path in (output_path, *output_path.absolute().parents) if path.exists())
    of_weights = sum(weight.nbytes for weight in weights(nlp).values())
    free = shutil.disk_usage(existing).free + sum(file.stat().st_size for file in _files(output_path))
    sizes = {"needed": _MOST * of_weights / 2**20, "least": _LEAST * of_weights / 2**20, "free": free / 2**20}
    if free < _LEAST * of_weights:
        raise SaveError(Errors.B202.format(path=output_path, **sizes))
    if free < _MOST * of_weights:
        warnings.warn(Warnings.B220.format(path=output_path, **sizes))


def _files(output_path: Path) -> Iterator[Path]:
    """What training will replace."""
    for name in (DIR_MODEL_LAST, DIR_MODEL_BEST, STATE_FOLDER):
        yield from (file for file in (output_path / name).rglob("*") if file.is_file())
