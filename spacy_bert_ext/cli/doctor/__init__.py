"""`spacy bert doctor`: what this machine has, and whether a training can begin.

Whether it can is answered by the code that trains: the pipeline is initialized, a first step is taken, and some Docs
are evaluated. What else is printed explains, and warns of what trains but will not learn what one wants.
"""

from pathlib import Path

import typer
from spacy.cli._util import import_code

from ..overrides import overrides_of
from .machine import examine_machine
from .training import examine_training


def examine(config_path: Path | None, code_path: Path | None, arguments: list[str]) -> None:
    """Print a report; leave with exit code 1 if training can't begin.

    arguments (List[str]): Overrides of the config, such as `--paths.train corpus/train.spacy`.
    """
    overrides = overrides_of(arguments)
    import_code(code_path)
    examine_machine()
    if config_path is not None and not examine_training(config_path, overrides):
        raise typer.Exit(1)
