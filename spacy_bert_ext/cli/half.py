"""`spacy bert half`."""

from pathlib import Path

from wasabi import msg

from ..checkpoints.halving import halve
from ..files.folders import folder_megabytes, require_pipeline
from ..runtime.progress import working
from .reported import fail


def halve_to(pipeline: Path, output_path: Path, *, force: bool) -> None:
    try:
        require_pipeline(pipeline)
        before = folder_megabytes(pipeline)  # it may be replaced
        with working("Copying"):
            halve(pipeline, output_path, force=force)
    except (ValueError, OSError) as error:
        fail(str(error))
    after = folder_megabytes(output_path)
    msg.good(f"{output_path}: {after:.1f} MB, instead of {before:.1f} MB")
