"""What writes an output: chunk by chunk, in any process, and then all of it."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from pathlib import Path
from typing import Any, ClassVar

from ..parts import Parts


class Sink(ABC):
    """It can be pickled.

    needs: Columns of ours without which it can't write. is_stream: Whether chunks behind each other are the output.
    """

    needs: ClassVar[tuple[str, ...]] = ()
    is_stream: ClassVar[bool] = False

    @abstractmethod
    def encode(self, rows: Sequence[dict[str, Any]]) -> bytes:
        """A chunk. The rows have the input's columns, and ours behind them."""

    @abstractmethod
    def finish(self, parts: Parts, output: Path) -> None:
        """Write the output of all chunks; `output` is not there yet."""
