"""Errors with a code."""

from typing import Any

import pytest


def raises_code(code: str, error: type[Exception] = ValueError, *, match: str = "") -> Any:
    """`pytest.raises` for a coded error whose message holds `match`."""
    return pytest.raises(error, match=rf"(?s)\[{code}\].*{match}")
