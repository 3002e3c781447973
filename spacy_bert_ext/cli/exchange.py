"""`spacy bert import` and `spacy bert export`."""

import warnings
from pathlib import Path

import spacy
from spacy.cli._util import import_code
from wasabi import msg

from ..checkpoints.exporting import export_checkpoint
from ..checkpoints.importing import from_pretrained
from ..errors import Errors
from ..pipeline.folders import check_output
from ..pipeline.saving import save_pipeline


def import_to(
    checkpoint: str,
    output_path: Path,
    lang: str,
    revision: str | None,
    component: str | None,
    scheme: str | None,
    tags: str | None,
    rename: list[str],
) -> None:
    wrong = [pair for pair in rename if pair.count("=") != 1]
    if wrong:
        msg.fail(Errors.B010.format(found=wrong[0], setting="--rename", allowed="OLD=NEW"), exits=1)
    try:
        check_output(output_path)
        nlp = from_pretrained(
            checkpoint,
            lang=lang,
            revision=revision,
            component=component,
            scheme=scheme,
            tags=[tag.strip() for tag in tags.split(",")] if tags else None,
            labels=dict(map(str.strip, pair.split("=")) for pair in rename),
        )
        save_pipeline(nlp, output_path)
    except (ValueError, ImportError, OSError) as error:
        msg.fail(str(error), exits=1)
    head = nlp.get_pipe(nlp.pipe_names[-1])
    msg.good(f"{output_path}: {', '.join(nlp.pipe_names)}")
    msg.text(f"{len(head.labels)} labels: {', '.join(head.labels)}")


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
