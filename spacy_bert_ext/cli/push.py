"""`spacy bert push`."""

from pathlib import Path

from wasabi import msg

from ..checkpoints.pushing import push_pipeline
from ..files.folders import folder_megabytes
from .reported import fail


def push_to(pipeline: Path, repository: str, private: bool, message: str) -> None:
    try:
        address = push_pipeline(pipeline, repository, private=private, message=message)
    except ValueError as error:
        fail(str(error))
    msg.good(f"{folder_megabytes(pipeline):.1f} MB: {address}")
