"""Arguments of `spacy bert pretrain`; what it needs is imported when it runs."""

from pathlib import Path

import typer


def pretrain(
    ctx: typer.Context,
    config_path: Path = typer.Argument(
        ..., help="Config of `init-config --task pretrain`", exists=True, allow_dash=True
    ),
    output_path: Path | None = typer.Option(
        None, "--output", "-o", help="Folder for the checkpoints and the state of the pre-training", file_okay=False
    ),
    code_path: Path | None = typer.Option(None, "--code", "-c", help="Python file with functions the config names"),
    verbose: bool = typer.Option(False, "--verbose", "-V", "-VV", help="Show messages for debugging"),
    resume: bool = typer.Option(False, "--resume", "-r", help="Go on with the interrupted pre-training in --output"),
    save_every: int = typer.Option(
        0, "--save-every", min=0, help="Steps between saved states, besides those at evaluations; 0 for none"
    ),
) -> None:
    """Train an encoder on raw text, and write it as a Hugging Face checkpoint.

    Takes overrides as `spacy train` does: `--paths.raw_text raw.jsonl --paths.raw_dev dev.jsonl`.
    """
    from .pretraining import pretrain_to
    from .training import Call

    call = Call(config_path, output_path, code_path, ctx.args, verbose=verbose, command="pretrain")
    pretrain_to(call._replace(resume=resume, save_every=save_every))
