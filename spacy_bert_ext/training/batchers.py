"""Batches of training examples by the padded pieces that they cost."""

import random
from collections.abc import Callable, Iterable, Iterator
from functools import partial

import numpy as np
from spacy.tokens import Doc
from spacy.training import Example
from spacy.util import minibatch

from ..pieces.document_context import context_of
from ..pipeline.pairs.given import PAIR, docs_of_texts
from ..pipeline.reading import key_of, user_data_of
from ..settings import check_whole_number
from ..types import Ints1d
from .piece_counts import PieceCounter, piece_counter

ExampleBatcher = Callable[[Iterable[Example]], Iterator[list[Example]]]


def create_batch_by_pieces_v1(
    max_batch_pieces: int = 1024,
    max_batch_docs: int = 64,
    buffer_docs: int = 2048,
    window_pieces: int = 256,
    context_pieces: int = 0,
    name: str | None = None,
    revision: str | None = None,
) -> ExampleBatcher:
    """Batches of Docs of like length; no Doc is left out for its length.

    The examples, which spaCy shuffles each epoch, are taken `buffer_docs` at a time, sorted by length, cut into
    batches, and the batches shuffled. A Doc costs its windows, each padded to the longest of the batch; their overlap
    is not counted. The second text of a pair (`doc._.pair`) stands in the same window and costs as well.

    max_batch_pieces (int): Padded pieces of a batch, 1 or more. A longer Doc is a batch by itself.
    max_batch_docs (int): Docs of a batch, 1 or more.
    buffer_docs (int): Docs that are sorted together, 1 or more.
    window_pieces (int): As in the encoder's config: Docs longer than this are encoded in several windows.
    context_pieces (int): As in the encoder's config: pieces of neighbours that are added to each Doc.
    name, revision (str): The checkpoint, as in the encoder's config, whose tokenizer counts the pieces. Without it,
        lengths are those in tokens.
    """
    for setting, found in (
        ("max_batch_pieces", max_batch_pieces),
        ("max_batch_docs", max_batch_docs),
        ("buffer_docs", buffer_docs),
        ("window_pieces", window_pieces),
    ):
        check_whole_number(setting, found, 1)
    check_whole_number("context_pieces", context_pieces, 0)

    def batch_by_pieces(examples: Iterable[Example]) -> Iterator[list[Example]]:
        count_pieces = _count_tokens if name is None else partial(_count_pieces, piece_counter(name, revision))
        for buffer in minibatch(examples, size=buffer_docs):
            lengths = count_pieces(buffer)
            if context_pieces:
                around = np.minimum([_context_tokens(eg.predicted) for eg in buffer], context_pieces)
                lengths = np.maximum(lengths, np.minimum(lengths + around, window_pieces))
            batches = list(_cut(lengths, max_batch_pieces, max_batch_docs, window_pieces))
            random.shuffle(batches)
            for batch in batches:
                yield [buffer[i] for i in batch]

    return batch_by_pieces


def _cut(lengths: Ints1d, max_batch_pieces: int, max_batch_docs: int, window_pieces: int) -> Iterator[list[int]]:
    """Numbers of the examples of each batch, shortest first."""
    batch: list[int] = []
    n_windows = 0
    # A random order among equals, so that batches differ from epoch to epoch.
    order = sorted(range(len(lengths)), key=lambda i: (lengths[i], random.random()))
    for i in order:
        own_windows = -(-int(lengths[i]) // window_pieces)
        longest = min(int(lengths[i]), window_pieces)
        too_big = (n_windows + own_windows) * longest > max_batch_pieces or len(batch) >= max_batch_docs
        if batch and too_big:
            yield batch
            batch, n_windows = [], 0
        batch.append(i)
        n_windows += own_windows
    if batch:
        yield batch


def _count_tokens(examples: list[Example]) -> Ints1d:
    words = (len(text) if isinstance(text, Doc) else len(text.split()) for text in _second_texts(examples))
    return np.array([max(1, len(eg.predicted) + n) for eg, n in zip(examples, words)], dtype=np.int64)


def _second_texts(examples: list[Example]) -> list[str | Doc]:
    """Of pairs, which share a window; "" of Docs that are not given any."""
    given = (user_data_of(eg.reference).get(key_of(PAIR)) for eg in examples)
    return [text if isinstance(text, str | Doc) else "" for text in given]


def _context_tokens(doc: Doc) -> int:
    """A lower bound of the pieces that there are around a Doc."""
    context = context_of(doc)
    return 0 if context is None else len(context.before.words) + len(context.after.words)


def _count_pieces(counter: PieceCounter, examples: list[Example]) -> Ints1d:
    n_pieces: Ints1d = counter.per_doc([eg.predicted for eg in examples]) + counter.n_special
    seconds = _second_texts(examples)
    if any(seconds):
        n_pieces = n_pieces + counter.per_doc(docs_of_texts(seconds))
    return n_pieces
