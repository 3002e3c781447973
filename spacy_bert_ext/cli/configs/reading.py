"""The config of a training, as it is read from a file and the command line."""

from pathlib import Path
from typing import Any

from spacy.util import load_config
from thinc.api import Config

from ...errors import Errors


def read_training_config(path: Path, overrides: dict[str, Any]) -> Config:
    """With variables. RAISES (ValueError): It is no text."""
    try:
        return load_config(path, overrides=overrides, interpolate=False)
    except UnicodeDecodeError as error:
        raise ValueError(Errors.B556.format(path=path)) from error
