"""Libraries that only some of the work needs."""

from importlib.util import find_spec

from ..errors import Errors


def needs(library: str, extra: str, what: str) -> None:
    """RAISES (ImportError): The library is not installed."""
    if find_spec(library) is None:
        raise ImportError(Errors.B534.format(library=library, extra=extra, what=what))
