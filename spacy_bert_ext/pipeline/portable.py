"""Settings that name folders of this machine, which are nobody's business once weights are saved with a pipeline."""

from pathlib import Path

from spacy.util import load_config

from ..files.folders import CONFIG_FILE, is_pipeline, write_text_whole

ENCODER = "spacy-bert-ext.BertEncoder.v1"


def forget_checkpoints(folder: Path) -> None:
    """Keep but the last part of absolute paths of checkpoints in the config of a saved pipeline, if it is one.

    The config of the pipeline in memory keeps them, so that it can be initialized again, or made once more.
    """
    if not is_pipeline(folder):
        return
    config_file = folder / CONFIG_FILE
    config = load_config(config_file, interpolate=False)  # in spaCy's order of sections
    before = config.to_str(interpolate=False)
    _forget_in(config.get("components", {}))
    after = config.to_str(interpolate=False)
    if after != before:
        write_text_whole(config_file, after)


def shorten_paths(settings: dict) -> None:
    """Keep but the last part of every absolute path, in place."""
    for key, value in settings.items():
        if isinstance(value, dict):
            shorten_paths(value)
        elif isinstance(value, str) and Path(value).is_absolute():
            settings[key] = Path(value).name


def _forget_in(settings: dict) -> None:
    if settings.get("@architectures") == ENCODER:
        shorten_paths(settings)
    for value in settings.values():
        if isinstance(value, dict):
            _forget_in(value)
