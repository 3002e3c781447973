"""What a training has logged, so that the log of a resumed one is whole."""

import io
from typing import IO


class LogLines(io.TextIOBase):
    """Standard output for a logger, which notes the lines that pass.

    lines: Those that were written after `begin`, without line ends. They may be added to from outside.
    """

    def __init__(self, stdout: IO[str], lines: list[str]) -> None:
        self._stdout, self.lines = stdout, lines
        self._is_noting, self._rest = False, ""

    def begin(self, n_steps: int) -> None:
        """The header is written: show the lines of before, if there are any, and note what comes.

        n_steps (int): After which the training goes on.
        """
        if self.lines:
            self._stdout.write("".join(f"{line}\n" for line in self.lines))
            self._stdout.write(f"{f' above: before it was resumed after {n_steps} steps ':-^72}\n")
            self._stdout.flush()
        self._is_noting = True

    def write(self, text: str) -> int:
        if self._is_noting:
            *whole, self._rest = (self._rest + text).split("\n")
            self.lines += whole
        return self._stdout.write(text)

    def flush(self) -> None:
        self._stdout.flush()

    def isatty(self) -> bool:
        return self._stdout.isatty()

    def fileno(self) -> int:
        return self._stdout.fileno()
