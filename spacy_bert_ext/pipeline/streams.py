"""Buffers of a stream of Docs, which all components cut alike, and what happens when one fails."""

from collections.abc import Iterable, Iterator

from spacy.pipeline import TrainablePipe
from spacy.tokens import Doc

# All components cut a stream at the same Docs, so that a head finds whole buffers of the encoder. The bound keeps the
# vectors of a buffer of long Docs small: 50,000 tokens of width 768 take about 100 MB in bf16.
MAX_BUFFER_TOKENS = 50_000


def annotate(pipe: TrainablePipe, stream: Iterable[Doc], batch_size: int) -> Iterator[Doc]:
    """Annotate a stream, buffer by buffer.

    If a buffer fails, its Docs are tried one by one: the error handler hears only of those that fail themselves.
    """
    for docs in buffers(stream, batch_size):
        try:
            pipe.set_annotations(docs, pipe.predict(docs))
            done = docs
        except Exception as error:
            done = _one_by_one(pipe, docs, error)
        yield from done


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


def buffers(stream: Iterable[Doc], batch_size: int) -> Iterator[list[Doc]]:
    """Runs of at most `batch_size` Docs and, unless a Doc alone has more, MAX_BUFFER_TOKENS tokens."""
    buffer: list[Doc] = []
    n_tokens = 0
    for doc in stream:
        if buffer and n_tokens + len(doc) > MAX_BUFFER_TOKENS:
            yield buffer
            buffer, n_tokens = [], 0
        buffer.append(doc)
        n_tokens += len(doc)
        # At once: each component that waited for a Doc more would hold a buffer of vectors more.
        if len(buffer) >= batch_size:
            yield buffer
            buffer, n_tokens = [], 0
    if buffer:
        yield buffer
