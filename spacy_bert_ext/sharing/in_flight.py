"""Vectors on their way from the encoder to its heads: held until the last head has used them, never on the Doc."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from weakref import WeakKeyDictionary, ref

from spacy.tokens import Doc

from ..encoder.output import Encoded, EncodedDocs, concatenate
from ..runtime.forks import Lock

# A head that is disabled never takes its vectors, and its Docs may live on. Past these bounds the oldest are let go; a
# head that comes for them after all has the encoder make them again. They are wide enough for a head of spaCy's, which
# takes the vectors of a thousand Docs at once: as a rule of a few hundred words each.
MAX_BUFFERS = 1024
MAX_PIECES = 2**19


@dataclass(eq=False)
class _Buffer:
    """Vectors of Docs that were encoded together.

    version: Of the weights that made them.
    untaken: How many Docs each listener has yet to take.
    """

    encoded: Encoded | None
    version: int
    untaken: dict[int, int]

    @property
    def n_pieces(self) -> int:
        return 0 if self.encoded is None else len(self.encoded.pieces.ids)


class VectorsInFlight:
    """Vectors of recently encoded Docs. They go when every listener has taken them, or with the last of the Docs.

    Copies and pickles are empty.
    """

    def __init__(self) -> None:
        self._lock = Lock()
        self._places: WeakKeyDictionary[Doc, tuple[_Buffer, int]] = WeakKeyDictionary()
        self._recent: list[ref[_Buffer]] = []

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
            self._hold(buffer)

    def _hold(self, buffer: _Buffer) -> None:
        """And let go of the oldest, past the bounds."""
        held = [one for reference in self._recent if (one := reference()) is not None and one.encoded is not None]
        n_pieces = buffer.n_pieces + sum(one.n_pieces for one in held)
        n_gone = 0
        while n_gone < len(held) and (n_pieces > MAX_PIECES or len(held) - n_gone >= MAX_BUFFERS):
            n_pieces -= held[n_gone].n_pieces
            held[n_gone].encoded = None
            n_gone += 1
        self._recent = [ref(one) for one in (*held[n_gone:], buffer)]

    def take(self, docs: Sequence[Doc], taker: int, version: int) -> Encoded | None:
        """The vectors of these Docs, or None unless all are here, made by weights of this version for these tokens."""
        with self._lock:
            places = [self._places.get(doc) for doc in docs]
            found = [place for place in places if place is not None and place[0].version == version]
            runs = _runs(found)
            if not runs or len(found) < len(docs) or not _are_of(runs, docs):
                return None
            parts = [run.encoded.select(run.start, run.stop) for run in runs]
            of_docs = [part for part in parts if isinstance(part, EncodedDocs)]
            if len(parts) > 1 and len(of_docs) < len(parts):
                return None
            for run in runs:
                _count(run.buffer, taker, run.stop - run.start)
        return parts[0] if len(parts) == 1 else concatenate(of_docs)


@dataclass(eq=False)
class _Run:
    """Neighbouring places of one buffer."""

    buffer: _Buffer
    encoded: Encoded
    start: int
    stop: int


def _are_of(runs: Sequence[_Run], docs: Sequence[Doc]) -> bool:
    """Whether the Docs have the tokens that were encoded: a component in between may have merged or split some."""
    n_done = 0
    for run in runs:
        n_docs = run.stop - run.start
        if not run.encoded.pieces.are_of(docs[n_done : n_done + n_docs], run.start):
            return False
        n_done += n_docs
    return True


def _count(buffer: _Buffer, taker: int, n_docs: int) -> None:
    buffer.untaken[taker] = buffer.untaken.get(taker, 0) - n_docs
    if max(buffer.untaken.values()) <= 0:
        buffer.encoded = None


def _runs(places: Sequence[tuple[_Buffer, int]]) -> list[_Run]:
    """None of them if the vectors of one are gone."""
    runs: list[_Run] = []
    for buffer, place in places:
        if buffer.encoded is None:
            return []
        if runs and runs[-1].buffer is buffer and runs[-1].stop == place:
            runs[-1].stop = place + 1
        else:
            runs.append(_Run(buffer, buffer.encoded, place, place + 1))
    return runs
