"""What a training writes and how it ends: as `spacy train` does, or as another command wants it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from spacy.training.loop import create_before_to_disk_callback

from ...files.folder_kinds import PIPELINE, FolderKind
from ...pipeline.saving import copy_pipeline, save_pipeline
from .run import Run


class Models(Protocol):
    """What is written as `model-last`, and copied to `model-best`. A folder appears whole, or the old one stays.

    what: How messages call it.
    folder_kind: Only such folders are replaced.
    """

    what: str
    folder_kind: FolderKind

    def save(self, run: Run, path: Path) -> None:
        """Write what the run has learned so far.

        RAISES (ValueError): The folder holds something else.
        RAISES (SaveError): The disk is full, or the folder can't be written.
        """

    def copy(self, source: Path, path: Path) -> None:
        """Replace a folder by a copy of one that was saved. RAISES: As `save`."""


class Pipelines:
    """Pipelines of spaCy, see `Models`."""

    what = "pipeline"
    folder_kind = PIPELINE

    def save(self, run: Run, path: Path) -> None:
        before_to_disk = create_before_to_disk_callback(run.before_to_disk)
        save_pipeline(before_to_disk(run.nlp), path)

    def copy(self, source: Path, path: Path) -> None:
        copy_pipeline(source, path)


@dataclass(frozen=True)
class Kind:
    """The kind of a training.

    models: What it writes.
    is_evaluated: Whether there is anything to evaluate on. Without, there is no early stop, and the last is the best.
    evaluates_last: Whether the last step is evaluated, whatever its number.
    """

    models: Models
    is_evaluated: bool = True
    evaluates_last: bool = False


ORDINARY = Kind(Pipelines())
