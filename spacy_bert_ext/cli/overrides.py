"""What a command line says besides its options: settings of the config, such as `--training.max_steps 100`."""

from typing import Any

from click import NoSuchOption
from spacy.cli._util import parse_config_overrides

from ..errors import Errors
from .reported import fail


def overrides_of(arguments: list[str]) -> dict[str, Any]:
    """Settings by their names with dots. What is neither a setting nor an option ends the process, with a message."""
    try:
        return parse_config_overrides(list(arguments))  # which takes them out
    except NoSuchOption as error:
        fail(Errors.B427.format(found=error.option_name))
