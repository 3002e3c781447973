"""The libraries `openvino`, `onnxruntime` and `nncf`, which makes int8 of graphs: imported where they are needed.

By themselves `openvino` and `nncf` send to their makers what they are used for, from the import on, by the package
`openvino_telemetry`, which comes with them. They don't in CI, nor where that package can't be imported.
"""

import importlib
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from ...errors import Errors

_TELEMETRY = "openvino_telemetry"
_lock = threading.RLock()


def imported(package: str, *, backend: str, extra: str) -> Any:
    """A package that an extra of this one installs.

    RAISES (ImportError): It is not installed.
    """
    try:
        if package not in sys.modules:
            with without_telemetry():
                importlib.import_module(package)
        return importlib.import_module(package)  # where another thread still imports it, this waits
    except ImportError as error:
        raise ImportError(Errors.B360.format(backend=backend, reason=error, extra=extra)) from error


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
