"""`spacy bert evaluate`: its arguments.

What it needs is imported when it runs, see `cli/__init__.py`.
"""

from pathlib import Path

import typer


def evaluate(
    pipeline: str = typer.Argument(..., help="Folder or package of the pipeline"),
    corpus: Path = typer.Argument(..., help="Annotated Docs: a .spacy file, or a folder of them", exists=True),
    output_path: Path = typer.Option(..., "--output", "-o", help="Folder: new, empty or a report", resolve_path=True),
    gpu_id: int = typer.Option(-1, "--gpu-id", "-g", help="GPU; -1 for the encoder's setting `device`"),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
    n_mistakes: int = typer.Option(50, "--mistakes", "-m", min=0, help="Wrong predictions shown for each component"),
    training: Path | None = typer.Option(
        None, "--training", "-t", help="Folder of the training whose curves are shown; default: that of a model-best"
    ),
) -> None:
    """Write a report on entities, spans, categories and other scores: scores.json and index.html."""
    from .evaluating import evaluate_to

    evaluate_to(
        pipeline,
        corpus,
        output_path,
        gpu_id=gpu_id,
        code_path=code_path,
        n_mistakes=n_mistakes,
        training=training,
    )
