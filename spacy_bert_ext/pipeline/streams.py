"""Buffers of a stream of Docs, which all components cut alike, and what happens when one fails."""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Protocol

from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc

# All components cut a stream at the same Docs, so that a head finds whole buffers of the encoder. Docs come out when
# all of their buffer is done. In padded pieces, by the type of the device.
BUFFER_PIECES = {"cpu": 6144, "cuda": 65536, "mps": 16384}

# In a stream the encoder fills up its batches with windows of Docs that it has read ahead: so many, at most. Their
# vectors take 96 MiB in bf16, of width 768.
AHEAD_PIECES = {"cpu": 65536, "cuda": 131072, "mps": 65536}


class Buffer:
    """Cuts a stream into runs of at most `batch_size` Docs, which are closed as soon as they have `pieces` pieces.

    A Doc that alone has as many is a run of its own. Nothing waits for the Doc that comes after: it could be long in
    coming, and each component that waited for it would hold a buffer more.

    docs: Of the run that was begun.
    """

    def __init__(self, batch_size: int, pieces: int) -> None:
        self.batch_size, self.pieces = batch_size, pieces
        self.docs: list[Doc] = []
        self._n_pieces = 0

    def add(self, doc: Doc) -> Iterator[list[Doc]]:
        """RETURNS: The runs that the Doc closes."""
        n_pieces = estimated_pieces(doc)
        if n_pieces >= self.pieces:
            yield from self.rest()
        self.docs.append(doc)
        self._n_pieces += n_pieces
        if len(self.docs) >= self.batch_size or self._n_pieces >= self.pieces:
            yield from self.rest()

    def rest(self) -> Iterator[list[Doc]]:
        """The run that was begun, if there is one."""
        docs, self.docs, self._n_pieces = self.docs, [], 0
        if docs:
            yield docs


def estimated_pieces(doc: Doc) -> int:
    """Special pieces included. Told by the number of tokens, which costs nothing and is the same for all components."""
    n_tokens = len(doc)
    return 2 + n_tokens + n_tokens // 3


def buffers(stream: Iterable[Doc], batch_size: int, device_type: str = "cpu") -> Iterator[list[Doc]]:
    """A stream as all components cut it, see `Buffer`."""
    buffer = Buffer(batch_size, BUFFER_PIECES[device_type])
    for doc in stream:
        yield from buffer.add(doc)
    yield from buffer.rest()


def annotate(pipe: TrainablePipe, stream: Iterable[Doc], batch_size: int, device_type: str) -> Iterator[Doc]:
    """Annotate a stream, buffer by buffer.

    If a buffer fails, its Docs are tried one by one: the error handler hears only of those that fail themselves.
    """
    for docs in buffers(stream, batch_size, device_type):
        try:
            pipe.set_annotations(docs, pipe.predict(docs))
            done = docs
        except Exception as error:
            done = _one_by_one(pipe, docs, error)
        yield from done


class Ahead(Protocol):
    """What computes the predictions of buffers, in the order in which they were added, see `encoder/ahead.py`."""

    def add(self, docs: Sequence[Doc]) -> None: ...

    def finish(self) -> Any: ...


def annotate_ahead(
    pipe: TrainablePipe, stream: Iterable[Doc], batch_size: int, *, device_type: str, ahead: Ahead
) -> Iterator[Doc]:
    """The same, with what computes several buffers together: up to `batch_size` Docs are read ahead.

    The first buffer comes out before others are read. From then on two are read for one that comes out.
    """
    waiting: deque[list[Doc]] = deque()
    n_docs = n_pieces = n_done = 0

    def done() -> list[Doc]:
        nonlocal n_docs, n_pieces, n_done
        docs = waiting.popleft()
        n_docs, n_pieces, n_done = n_docs - len(docs), n_pieces - _pieces_of(docs), n_done + 1
        try:
            pipe.set_annotations(docs, ahead.finish())
            return docs
        except Exception as error:
            return _one_by_one(pipe, docs, error)

    buffer = Buffer(batch_size, BUFFER_PIECES[device_type])
    for doc in stream:
        for docs in buffer.add(doc):
            waiting.append(docs)
            ahead.add(docs)
            n_docs, n_pieces = n_docs + len(docs), n_pieces + _pieces_of(docs)
        while waiting and (
            len(waiting) > n_done or n_pieces >= AHEAD_PIECES[device_type] or n_docs + len(buffer.docs) >= batch_size
        ):
            yield from done()
    for docs in buffer.rest():
        waiting.append(docs)
        ahead.add(docs)
    while waiting:
        yield from done()


def _pieces_of(docs: Iterable[Doc]) -> int:
    return sum(map(estimated_pieces, docs))


def _one_by_one(pipe: TrainablePipe, docs: list[Doc], error: Exception) -> list[Doc]:
    if len(docs) == 1:
        pipe.get_error_handler()(pipe.name, pipe, docs, error)
        return []
    done = []
    for doc in docs:
        try:
            pipe.set_annotations([doc], pipe.predict([doc]))
            done.append(doc)
        except Exception as own_error:
            pipe.get_error_handler()(pipe.name, pipe, [doc], own_error)
    return done
