"""Vectors on their way from the encoder to its heads: held until the last head has used them, never on the Doc."""

from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary, ref

from spacy.tokens import Doc

from ..encoder.output import Encoded, EncodedLongDoc, concatenate
from ..runtime.forks import Lock

# A head that is disabled never takes its vectors, and its Docs may live on. Past this many buffers the oldest is let
# go; a head that comes for it after all has the encoder make the vectors again.
MAX_BUFFERS = 16


@dataclass(eq=False)
class _Buffer:
    """Vectors of Docs that were encoded together.

    version: Of the weights that made them.
    untaken: How many Docs each listener has yet to take.
    """

    encoded: Encoded | None
    version: int
    untaken: dict[int, int]


class VectorsInFlight:
    """Vectors of recently encoded Docs. They go when every listener has taken them, or with the last of the Docs.

    Copies and pickles are empty.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: WeakKeyDictionary[Doc, tuple[_Buffer, int]] = WeakKeyDictionary()
        self._recent: deque[ref[_Buffer]] = deque()

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return (VectorsInFlight, ())

    @property
    def n_held(self) -> int:
        """How many buffers still have vectors."""
        buffers = [reference() for reference in self._recent]
        return sum(buffer is not None and buffer.encoded is not None for buffer in buffers)

    def put(self, docs: Sequence[Doc], encoded: Encoded, takers: Iterable[int], version: int) -> None:
        """Hold vectors for the listeners with these ids."""
        buffer = _Buffer(encoded, version, {taker: len(docs) for taker in takers})
        if not buffer.untaken:
            return
        with self._lock:
            for place, doc in enumerate(docs):
                self._places[doc] = (buffer, place)
            self._recent.append(ref(buffer))
            if len(self._recent) > MAX_BUFFERS:
                oldest = self._recent.popleft()()
                if oldest is not None:
                    oldest.encoded = None

    def take(self, docs: Sequence[Doc], taker: int, version: int) -> Encoded | None:
        """The vectors of these Docs, or None unless all are here, made by weights of this version for these tokens."""
        with self._lock:
            places = [self._places.get(doc) for doc in docs]
            found = [place for place in places if place is not None and place[0].encoded is not None]
            if not found or len(found) < len(docs) or any(buffer.version != version for buffer, _ in found):
                return None
            runs = _runs(found)
            if not _are_of(runs, docs):
                return None
            parts = [buffer.encoded.select(start, stop) for buffer, start, stop in runs]
            if len(parts) > 1 and any(isinstance(part, EncodedLongDoc) for part in parts):
                return None
            for buffer, start, stop in runs:
                _count(buffer, taker, stop - start)
        return concatenate(parts)


def _are_of(runs: Sequence[tuple[_Buffer, int, int]], docs: Sequence[Doc]) -> bool:
    """Whether the Docs have the tokens that were encoded: a component in between may have merged or split some."""
    n_done = 0
    for buffer, start, stop in runs:
        if not buffer.encoded.pieces.are_of(docs[n_done : n_done + stop - start], start):
            return False
        n_done += stop - start
    return True


def _count(buffer: _Buffer, taker: int, n_docs: int) -> None:
    buffer.untaken[taker] = buffer.untaken.get(taker, 0) - n_docs
    if max(buffer.untaken.values()) <= 0:
        buffer.encoded = None


def _runs(places: Sequence[tuple[_Buffer, int]]) -> list[tuple[_Buffer, int, int]]:
    """Neighbouring places of one buffer as (buffer, start, stop)."""
    runs: list[tuple[_Buffer, int, int]] = []
    for buffer, place in places:
        if runs and runs[-1][0] is buffer and runs[-1][2] == place:
            runs[-1] = (buffer, runs[-1][1], place + 1)
        else:
            runs.append((buffer, place, place + 1))
    return runs
