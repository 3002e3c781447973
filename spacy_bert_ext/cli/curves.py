"""`spacy bert curves`.

What it needs is imported when it runs, see `cli/__init__.py`.
"""

from pathlib import Path

import typer
from wasabi import msg


def curves(
    training: Path = typer.Argument(..., help="Folder of a training, or its log.jsonl"),
    output_path: Path = typer.Option(..., "--output", "-o", help="Picture: .png, .svg or .pdf"),
    force: bool = typer.Option(False, "--force", "-f", help="Overwrite the output if it exists"),
) -> None:
    """Draw the curves of a training: loss, scores, learning rates and words per second by step."""
    from ..evaluation.curves.training_curves import training_curves
    from .reported import fail, refuse_existing

    refuse_existing(output_path, force)
    try:
        drawn = training_curves(training)
        drawn.save(output_path)
    except (ImportError, OSError, ValueError) as error:
        fail(str(error))
    msg.good(f"Wrote {output_path}, evaluations: {len(drawn.rows):,}")
