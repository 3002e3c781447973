"""What is done to a pipeline before it is trained, and before it is saved."""

from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

from spacy.language import Language

from ..errors import Errors
from ..pipeline.saved_config import shorten_paths


def create_add_labels_v1(component: str, labels: Sequence[str]) -> Callable[[Language], Language]:
    """Give a component that is taken from another pipeline labels that it did not know, in [initialize.before_init].

    spaCy does not initialize such a component, so that it would not find them in the training data.

    component (str): Its name.
    labels (Sequence[str]): Those that it has already are left out.
    RAISES (ValueError): One string instead of a list.
    """
    if isinstance(labels, str):
        raise ValueError(Errors.B026.format(name=component, label=labels))

    def add_labels(nlp: Language) -> Language:
        pipe: Any = nlp.get_pipe(component)
        for label in labels:
            pipe.add_label(label)
        return nlp

    return add_labels


def create_in_turn_v1(*callbacks: Callable[[Language], Language | None]) -> Callable[[Language], Language]:
    """Several callbacks in the place of one, in their order: in a config each is a block `[...*.<any name>]`.

    callbacks (Callable[[Language], Optional[Language]]): The next one receives the pipeline that one returns. If
        one returns None, as those in [initialize] may, the next one receives the same pipeline.
    """
    return partial(_call_in_turn, callbacks)


def _call_in_turn(callbacks: Sequence[Callable[[Language], Language | None]], nlp: Language) -> Language:
    for callback in callbacks:
        returned = callback(nlp)
        nlp = nlp if returned is None else returned
    return nlp


def create_portable_config_v1() -> Callable[[Language], Language]:
    """Take absolute paths out of the saved config: a pipeline holds its weights, and where they came from is gone.

    A path keeps its last part, so that its name can still be read. Relative paths and hub names stay.
    """
    return portable_config


def portable_config(nlp: Language) -> Language:
    for name in nlp.component_names:
        shorten_paths(nlp.get_pipe_config(name))
    config = nlp.config
    for section in ("paths", "corpora", "initialize", "training"):
        shorten_paths(config.get(section, {}))
    nlp.config = config
    return nlp
