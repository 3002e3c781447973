"""What writes an output: chunk by chunk, in any process, and then all of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from ..parts import Parts


class Sink(ABC):
    """It can be pickled."""

    @abstractmethod
    def encode(self, rows: Sequence[dict[str, Any]]) -> bytes:
        """A chunk. The rows have the input's columns, and ours behind them."""

    @abstractmethod
    def finish(self, parts: Parts, output: Path) -> None:
        """Write the output of all chunks; `output` is not there yet."""
