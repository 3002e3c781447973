"""Settings that name folders of this machine, which are nobody's business once weights are saved with a pipeline."""

from pathlib import Path

from spacy.language import Language

ENCODER = "spacy-bert-ext.BertEncoder.v1"


def forget_checkpoints(nlp: Language) -> None:
    """Keep but the last part of absolute paths of checkpoints in the config that is saved.

    Models remember the whole path, so that the pipeline can be initialized again in this process.
    """
    for name in nlp.component_names:
        _forget_in(nlp.get_pipe_config(name))


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
