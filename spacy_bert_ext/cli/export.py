"""`spacy bert export`."""

import warnings
from pathlib import Path

import spacy
from spacy.cli._util import import_code
from wasabi import msg

from ..checkpoints.exporting import export_checkpoint
from ..files.folders import check_output


def export_to(pipeline: str, output_path: Path, component: str, code_path: Path | None) -> None:
    import_code(code_path)
    try:
        check_output(output_path)
        nlp = spacy.load(pipeline)
        with warnings.catch_warnings(record=True) as caught:
            export_checkpoint(nlp, component, output_path)
    except (ValueError, OSError) as error:
        msg.fail(str(error), exits=1)
    for warning in caught:
        msg.warn(str(warning.message))
    msg.good(f"{output_path}: {component}")
