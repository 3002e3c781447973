"""Arguments of `spacy bert quick`; what it needs is imported when it runs."""

from pathlib import Path

import typer


def quick(
    ctx: typer.Context,
    data: str = typer.Argument(
        ...,
        metavar="DATA",
        help="Annotated texts in any format of `convert`: a file, or a folder of train, dev and test",
    ),
    task: str = typer.Option(..., "--task", "-t", help="Task: ner, spans, textcat, textcat_multilabel or qa"),
    lang: str = typer.Option(..., "--lang", "-l", help="Two-letter code of the language"),
    output_path: Path = typer.Option(..., "--output", "-o", help="Folder for all results: new, empty or begun before"),
    encoder: str | None = typer.Option(
        None, "--encoder", "-e", help="Folder, or name on the Hugging Face hub; default: an encoder for the language"
    ),
    epochs: int | None = typer.Option(
        None, "--epochs", min=1, help="Passes over the training texts; default: 4, or 20 with fewer than 1,000 texts"
    ),
    name: str | None = typer.Option(None, "--name", "-n", help="Name of the package; default: that of DATA"),
    force: bool = typer.Option(
        False, "--force", "-f", help="Begin again with the first step whose options or data have changed"
    ),
) -> None:
    """Convert, train, calibrate, evaluate and package: from data to a package in one command.

    Each step is another command, which is shown as you would type it. After an error or an interruption, the same
    command goes on from there. Further options go to `convert`, such as `--columns text=review,label=stars`; those with
    a dot in their name to `train`, such as `--training.max_steps 500`.
    """
    from .request import Request
    from .run import run_quick

    request = Request(
        data,
        task,
        lang=lang,
        output=output_path,
        encoder=encoder,
        epochs=epochs,
        name=name,
        others=tuple(ctx.args),
    )
    run_quick(request, force=force)
