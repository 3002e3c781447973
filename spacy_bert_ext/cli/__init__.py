"""`python -m spacy bert ...`: the index of commands.

Every `spacy` command imports this module, so what the commands need is imported when they run.
"""

from pathlib import Path

import typer
from spacy.cli._util import app as spacy_app

app = typer.Typer(name="bert", help="Commands for BERT pipelines.", no_args_is_help=True)
spacy_app.add_typer(app)


@app.command("init-config")
def init_config(
    output_path: str = typer.Argument(..., help="File to write, or - for standard output"),
    task: str = typer.Option("joint", "--task", "-t", help="ner, textcat, textcat_multilabel, or joint: ner + textcat"),
    encoder: str = typer.Option("bert-base-cased", "--encoder", "-e", help="Hugging Face name or folder"),
    lang: str = typer.Option("en", "--lang", "-l", help="Two-letter code of the language"),
    force: bool = typer.Option(False, "--force", "-f", help="Overwrite the file if it exists"),
) -> None:
    """Write a complete, commented config for `spacy train`."""
    from .init_config import write_config

    write_config(output_path, task, encoder, lang, force)


@app.command("doctor", context_settings={"allow_extra_args": True, "ignore_unknown_options": True})
def doctor(
    ctx: typer.Context,
    config_path: Path | None = typer.Argument(None, help="Training config; without it only the machine is examined"),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
) -> None:
    """Examine the machine and, with a config, its checkpoint and corpora. Takes overrides as `spacy train` does.

    The exit code is 1 if training can't work.
    """
    from .doctor import examine

    examine(config_path, code_path, ctx.args)
