"""What transformers raises, and what it says, while it loads."""

from collections.abc import Iterator
from contextlib import contextmanager

from huggingface_hub import errors as hub_errors
from safetensors import SafetensorError
from transformers.utils import logging as transformers_logging

MAX_REASON = 300  # characters of a foreign error that ours quotes

# Of files that are missing, damaged or of another kind, and of settings that no model can be made of.
LOADING_ERRORS = (
    *(ArithmeticError, AssertionError, AttributeError, ImportError, LookupError, MemoryError, OSError),
    *(RuntimeError, SafetensorError, TypeError, ValueError),
    getattr(hub_errors, "StrictDataclassError", ValueError),  # of its newer versions, which check configs
)


def first_line(error: BaseException) -> str:
    # KeyError and friends quote their text.
    text = str(error.args[0]) if len(error.args) == 1 else str(error)
    lines = (text.strip() or type(error).__name__).split("\n")
    # torch's "Error(s) in loading state_dict:" says what is wrong in the next one.
    line = " ".join(line.strip() for line in lines[: 1 + lines[0].endswith(":")]).rstrip(".")
    return line if len(line) <= MAX_REASON else line[:MAX_REASON] + "..."


@contextmanager
def quiet() -> Iterator[None]:
    """Keep transformers from warning of unused task heads, and from its progress bars: what matters is raised."""
    before = transformers_logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(before)
        if bars:
            transformers_logging.enable_progress_bar()
