"""What every engine does."""

from abc import ABC, abstractmethod
from collections.abc import Generator

from ..pending import Pending
from ..work import Done, Work

# What is told in a line, from whatever process it comes. RuntimeError: out of memory.
ERRORS = (ValueError, OSError, ImportError, RuntimeError)


class Engine(ABC):
    @abstractmethod
    def run(self, work: Work, pending: Pending) -> Generator[Done, None, None]:
        """Do the chunks. They come back in their order, and as they are done: closed, the iterator ends all processes.

        RAISES (ValueError): As `Pending.chunks` and `Work`; or a process has died.
        """


class Local(Engine):
    """This process."""

    def run(self, work: Work, pending: Pending) -> Generator[Done, None, None]:
        yield from map(work, pending.chunks())
