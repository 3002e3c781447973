"""`--exportable`: heads in the form that transformers has for them, so that `export` gives them to it as they are."""

import json
from collections.abc import Sequence

from ...defaults import exportable_text
from ...errors import Errors
from .commented import CommentedConfig
from .complete import ENCODER_FACTORY


def exportable_settings(components: Sequence[str], window_pooling: str | None) -> str:
    """A partial config: what the encoder and these heads need besides their defaults.

    components (Sequence[str]): Factories of the heads.
    window_pooling (str): What transformers' own classifier of texts reads of a window; None if that is not known.
    RAISES (ValueError): transformers has no head of a kind, or none that a config can name.
    """
    config = CommentedConfig(exportable_text())
    allowed = dict.fromkeys(name.split(".")[1] for name in config.sections)
    del allowed[ENCODER_FACTORY]
    found = [name for name in components if name not in allowed]
    if found:
        raise ValueError(Errors.B564.format(found=", ".join(found), allowed=", ".join(allowed)))
    kept = {ENCODER_FACTORY, *components}
    config.sections = {name: found for name, found in config.sections.items() if name.split(".")[1] in kept}
    if window_pooling is not None and window_pooling != "first":
        config.set(f"components.{ENCODER_FACTORY}.model", "window_pooling", json.dumps(window_pooling))
    next(iter(config.sections.values())).comment = ""  # it speaks of the file
    return config.to_str()
