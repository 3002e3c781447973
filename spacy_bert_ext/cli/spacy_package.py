"""What `spacy package` says in the end of a pipeline that needs this package: its wheel alone can't be installed.

Pip would look for this package on PyPI.
"""

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any

import typer
from wasabi import msg

from ..about import PACKAGE

COMMAND = "package"
CONFIG_FILE = "config.cfg"


def tell_of_own_wheel(app: typer.Typer) -> None:
    """Wrap the command, if there is one of this name."""
    for command in app.registered_commands:
        if command.name == COMMAND and command.callback is not None:
            command.callback = _telling(command.callback)


def _telling(package: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(package)
    def package_and_tell(*args: Any, **options: Any) -> Any:
        returned = package(*args, **options)
        pipeline = options.get("input_dir")
        if isinstance(pipeline, Path) and _needs_own_wheel(pipeline):
            msg.info(
                f"The pipeline needs {PACKAGE}, which is not on PyPI: give its wheel to `pip install`, too",
                f"`python -m spacy bert package {pipeline} FOLDER` makes both wheels and shows how to install them.",
            )
        return returned

    return package_and_tell


def _needs_own_wheel(pipeline: Path) -> bool:
    """Each of our components names an architecture of ours."""
    try:
        return f"{PACKAGE}." in (pipeline / CONFIG_FILE).read_text(encoding="utf8")
    except (OSError, ValueError):
        return False
