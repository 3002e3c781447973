"""Arguments of `spacy bert init-config`; what it needs is imported when it runs."""

from pathlib import Path

import typer


def init_config(
    output_path: str = typer.Argument(..., help="File to write, or - for standard output"),
    task: str = typer.Option(
        "joint",
        "--task",
        "-t",
        help="Task of the head, whose factory is bert_<task>; or joint (ner and textcat), or pretrain (raw text)",
    ),
    component: list[str] = typer.Option(
        [], "--component", help="Factory of any package, instead of --task; can be given repeatedly"
    ),
    encoder: str | None = typer.Option(
        None,
        "--encoder",
        "-e",
        help="Folder, or name on the hub; default: an encoder for the language, see docs/guides/encoders.md",
    ),
    lang: str = typer.Option("en", "--lang", "-l", help="Two-letter code of the language; xx for several"),
    train: Path | None = typer.Option(
        None, "--train", help="Training data for paths.train: .spacy file, or a folder", exists=True
    ),
    dev: Path | None = typer.Option(
        None, "--dev", help="Development data for paths.dev: .spacy file, or a folder", exists=True
    ),
    epochs: float | None = typer.Option(
        None,
        "--epochs",
        min=0.01,
        help="Passes over --train, from which max_steps and eval_frequency are computed; default: max_steps is 1000",
    ),
    exportable: bool = typer.Option(
        False, "--exportable", help="Choose heads that `export` can write for transformers"
    ),
    offline_ok: bool = typer.Option(
        False, "--offline-ok", help="Write the config even if neither the encoder nor the hub is available"
    ),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file that registers the factories"),
    force: bool = typer.Option(False, "--force", "-f", help="Overwrite the file if it exists"),
) -> None:
    """Write a complete config for `train`, with a comment on each setting."""
    from .initial_config import Request, init_config_to

    request = Request(task, component, encoder, lang=lang, train=train, dev=dev, epochs=epochs)
    request = request._replace(exportable=exportable, offline_ok=offline_ok)
    init_config_to(output_path, request, code_path=code_path, force=force)
