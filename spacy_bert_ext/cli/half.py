"""`spacy bert half`."""

from pathlib import Path

from wasabi import msg

from ..checkpoints.halving import halve
from ..files.folders import folder_megabytes


def halve_to(pipeline: Path, output_path: Path) -> None:
    try:
        halve(pipeline, output_path)
    except (ValueError, OSError) as error:
        msg.fail(str(error), exits=1)
    before, after = folder_megabytes(pipeline), folder_megabytes(output_path)
    msg.good(f"{output_path}: {after:.1f} MB, instead of {before:.1f} MB")
