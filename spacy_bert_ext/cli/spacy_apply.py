"""The batch size of `spacy apply`, where it is not given: the pipeline's own.

spaCy's command streams with a batch size of 1, which for an upper bound leaves nothing to encode together: with BERT
several times the time. `nlp.batch_size` is what `nlp.pipe` takes by itself. It holds for every pipeline: the command
does not know which one it will load when its options are read.
"""

import inspect
from collections.abc import Callable
from typing import Any

from typer.models import OptionInfo

OPTION = "batch_size"


def use_batch_size_of_pipeline(apply_cli: Callable[..., Any]) -> None:
    """Have the option's default be None, as in `nlp.pipe`; leave a command alone that is not as it is known here."""
    parameter = inspect.signature(apply_cli).parameters.get(OPTION)
    option = None if parameter is None else parameter.default
    if isinstance(option, OptionInfo) and option.default == 1:
        option.default = None
        option.help = "Batch size; default: the pipeline's"
