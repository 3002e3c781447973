"""The library `openvino`, and `nncf`, which makes int8 of its graphs: imported where they are needed, and kept quiet.

By themselves both send to their makers what they are used for (`openvino_telemetry`, which comes with them), from the
import on. They don't in CI, nor where that package can't be imported.
"""

import importlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import Errors

BACKEND = "openvino"
_TELEMETRY = "openvino_telemetry"
_lock = threading.RLock()


def openvino() -> Any:
    """RAISES (ImportError): It is not installed."""
    return _imported("openvino", extra="openvino")


def nncf() -> Any:
    """RAISES (ImportError): It is not installed."""
    openvino()
    return _imported("nncf", extra="quantize")


def _imported(package: str, extra: str) -> Any:
    try:
        if package not in sys.modules:
            with without_telemetry():
                importlib.import_module(package)
        return sys.modules[package]
    except ImportError as error:
        raise ImportError(Errors.B360.format(backend=BACKEND, reason=error, extra=extra)) from error


@contextmanager
def without_telemetry() -> Iterator[None]:
    """Nothing is sent meanwhile, nor later of what was imported meanwhile."""
    with _lock:
        environment, module = os.environ.get("CI"), sys.modules.get(_TELEMETRY)
        os.environ["CI"] = "true"
        modules: dict[str, Any] = sys.modules
        modules[_TELEMETRY] = None  # so that importing it fails
        try:
            yield
        finally:
            _put_back(os.environ, "CI", environment)
            _put_back(modules, _TELEMETRY, module)


def _put_back(table: Any, key: str, before: Any) -> None:
    if before is None:
        del table[key]
    else:
        table[key] = before
