"""What a wrong config, corpus or checkpoint raises, told in one line."""

import re
import traceback
from pathlib import Path

from ..errors import Errors

# Of this package, of spaCy, and, where neither looked, of the libraries below.
INPUT_ERRORS = (
    ArithmeticError,
    AttributeError,
    ImportError,
    LookupError,
    NotImplementedError,
    OSError,
    RuntimeError,
    TypeError,
    ValueError,
)

_CODE = re.compile(r"\[[BE]\d{3,4}\]")


def told(error: Exception) -> str:
    """The error's message if it has a code; else one that names what was raised, and where."""
    message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)  # not its repr
    if _CODE.match(message):
        return message
    if isinstance(error, OSError) and error.filename:
        return Errors.B232.format(path=error.filename, reason=error.strerror)
    place = traceback.extract_tb(error.__traceback__)[-1]
    reason = " ".join(message.split()) or "no reason given"
    return Errors.B231.format(
        kind=type(error).__name__, reason=reason, file=Path(place.filename).name, line=place.lineno
    )
