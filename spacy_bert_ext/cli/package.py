"""Arguments of `spacy bert package`; what it needs is imported when it runs."""

from pathlib import Path

import typer


def package(
    pipeline: Path = typer.Argument(..., help="Folder of the pipeline", exists=True, file_okay=False),
    output_path: Path = typer.Argument(..., metavar="OUTPUT", help="Folder of the wheels, new or empty"),
    name: str | None = typer.Option(
        None, "--name", "-n", help="Name of the package, without the language; default: the one in meta.json"
    ),
    version: str | None = typer.Option(
        None, "--version", "-v", help="Version of the package; default: the one in meta.json"
    ),
    code_paths: str = typer.Option(
        "", "--code", "-c", help="Python files with functions the config names, separated by commas"
    ),
    force: bool = typer.Option(False, "--force", "-f", help="Replace a folder that this command wrote before"),
) -> None:
    """Write wheels of a pipeline and of spacy-bert-ext into a folder, with the line that installs both.

    This needs neither a network nor build tools.
    """
    from .packaging import package_to

    codes = [Path(code.strip()) for code in code_paths.split(",") if code.strip()]
    package_to(pipeline, output_path, name=name, version=version, code=codes, force=force)
