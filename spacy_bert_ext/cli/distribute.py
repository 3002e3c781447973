"""`spacy bert half` and `spacy bert push`."""

from pathlib import Path

from wasabi import msg

from ..checkpoints.halving import halve
from ..checkpoints.pushing import push_pipeline

BYTES_PER_MB = 10**6


def halve_to(pipeline: Path, output_path: Path) -> None:
    try:
        halve(pipeline, output_path)
    except (ValueError, OSError) as error:
        msg.fail(str(error), exits=1)
    msg.good(f"{output_path}: {_megabytes(output_path)} MB, instead of {_megabytes(pipeline)} MB")


def push_to(pipeline: Path, repository: str, private: bool, message: str) -> None:
    try:
        address = push_pipeline(pipeline, repository, private=private, message=message)
    except ValueError as error:
        msg.fail(str(error), exits=1)
    msg.good(f"{_megabytes(pipeline)} MB: {address}")


def _megabytes(folder: Path) -> str:
    return f"{sum(file.stat().st_size for file in folder.rglob('*') if file.is_file()) / BYTES_PER_MB:.1f}"
