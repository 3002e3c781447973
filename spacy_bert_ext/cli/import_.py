"""`spacy bert import`."""

from pathlib import Path
from typing import Any

from wasabi import msg

from ..checkpoints.importing import from_pretrained
from ..files.folder_kinds import PIPELINE
from ..files.folders import check_output
from ..pipeline.saving import save_pipeline
from ..runtime.progress import working
from .renaming import read_renamed
from .reported import fail


def import_to(
    checkpoint: str,
    output_path: Path,
    *,
    lang: str,
    revision: str | None,
    component: str | None,
    scheme: str | None,
    tags: str | None,
    rename: list[str],
    pairs: bool,
    force: bool,
) -> None:
    try:
        labels = read_renamed(rename)
        check_output(output_path, replacing=PIPELINE, force=force)
        with working("Importing"):
            nlp = from_pretrained(
                checkpoint,
                lang=lang,
                revision=revision,
                component=component,
                scheme=scheme,
                tags=[tag.strip() for tag in tags.split(",")] if tags else None,
                labels=labels,
                pairs=pairs,
            )
            save_pipeline(nlp, output_path)
    except (ValueError, ImportError, OSError) as error:
        fail(str(error))
    head: Any = nlp.get_pipe(nlp.pipe_names[-1])
    msg.good(f"{output_path}: {', '.join(nlp.pipe_names)}")
    known = getattr(head, "labels", ())
    if known:
        msg.text(f"{len(known)} labels: {', '.join(known)}")
