"""The `config.cfg` of a saved pipeline: which components it has, and folders of this machine that it must not name."""

from functools import cached_property
from pathlib import Path
from typing import Any

from spacy.util import load_config
from thinc.api import Config

from ..files.folder_kinds import CONFIG_FILE
from ..files.folders import is_pipeline, write_text_whole

ENCODER_ARCHITECTURE = "spacy-bert-ext.BertEncoder.v1"


class SavedConfig:
    """Of the pipeline in a folder. The file is read once, when something of it is asked for.

    The folder may hold no pipeline, or a damaged one: a component can be saved anywhere.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    @cached_property
    def _config(self) -> Config:
        return load_config(self.folder / CONFIG_FILE, interpolate=False)  # in spaCy's order of sections

    @property
    def component_names(self) -> set[str]:
        """Of all components, disabled ones included; empty without a readable config."""
        try:
            return set(self._config["components"])
        except (OSError, ValueError, KeyError):
            return set()

    @property
    def pipeline(self) -> list[str] | None:
        """Names of the components in their order; None without a readable config."""
        try:
            return list(self._config["nlp"]["pipeline"])
        except (OSError, ValueError, KeyError):
            return None

    def forget_checkpoints(self) -> None:
        """Keep but the last part of absolute paths of checkpoints, whose weights are saved with the pipeline.

        The config of the pipeline in memory keeps them, so that it can be initialized again, or made once more.
        """
        if not is_pipeline(self.folder):
            return
        config = self._config
        before = config.to_str(interpolate=False)
        _forget_in(config.get("components", {}))
        after = config.to_str(interpolate=False)
        if after != before:
            write_text_whole(self.folder / CONFIG_FILE, after)


def shorten_paths(settings: dict[str, Any]) -> None:
    """Keep but the last part of every absolute path, in place."""
    for key, value in settings.items():
        if isinstance(value, dict):
            shorten_paths(value)
        elif isinstance(value, str) and Path(value).is_absolute():
            settings[key] = Path(value).name


def _forget_in(settings: dict[str, Any]) -> None:
    if settings.get("@architectures") == ENCODER_ARCHITECTURE:
        shorten_paths(settings)
    for value in settings.values():
        if isinstance(value, dict):
            _forget_in(value)
