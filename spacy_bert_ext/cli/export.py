"""`spacy bert export`."""

import warnings
from pathlib import Path

from spacy.cli._util import import_code
from wasabi import msg

from ..checkpoints.exporting import export_checkpoint
from ..files.folder_kinds import CHECKPOINT
from ..files.folders import check_output
from ..runtime.progress import working
from .loading import load_pipeline
from .reported import fail, show


def export_to(pipeline: str, output_path: Path, component: str, *, code_path: Path | None, force: bool) -> None:
    import_code(code_path)
    try:
        check_output(output_path, replacing=CHECKPOINT, force=force)
        nlp = load_pipeline(pipeline)
        with warnings.catch_warnings(record=True) as caught, working("Exporting"):
            export_checkpoint(nlp, component, output_path, force=force)
    except (ValueError, OSError) as error:
        fail(str(error))
    for warning in caught:
        show(msg.warn, str(warning.message))
    msg.good(f"{output_path}: {component}")
