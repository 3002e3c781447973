"""Docs → which pieces stand in which window, and which windows in which batch."""

from collections.abc import Iterator, Sequence

import numpy as np
from spacy.tokens import Doc

from ..kernels.blocked import STEP_ROWS
from ..pieces.batches import Batches
from ..pieces.context import make_context
from ..pieces.packing import most_windows, pack, rounded_lengths
from ..pieces.pairs import Cut, make_pair_windows
from ..pieces.pieces import Pieces
from ..pieces.tokenizers import Tokenize
from ..pieces.windows import make_windows
from ..types import Ints1d
from .shim import EncoderShim

# Roughly how many pieces the device could encode in the time that calling the module takes by itself; in training that
# time includes the way back.
CALL_PIECES = {"cpu": 32, "cuda": 2048, "mps": 512}
TRAINING_CALL_PIECES = {"cpu": 128, "cuda": 2048, "mps": 512}

# More pieces at once gain nothing on a CPU, and leave its cache.
MOST_PIECES = {"cpu": 1024}


def plan_docs(shim: EncoderShim, docs: Sequence[Doc], pieces: Pieces | None = None) -> Batches:
    """Batches of Docs.

    pieces (Pieces): What the Docs are made into, if not what they say: the same pieces with some of them masked.
    """
    encoder, settings = shim.loaded, shim.settings
    pieces = encoder.tokenize(docs) if pieces is None else pieces
    capacity = settings.window_pieces - encoder.special.n_around
    windows = make_windows(docs, pieces, capacity=capacity, overlap=settings.overlap_pieces)
    context = make_context(docs, windows, encoder.tokenize, capacity=capacity, context_pieces=settings.context_pieces)
    return Batches(pieces, windows, special=encoder.special, limit=encoder.limit, context=context)


def plan_pairs(shim: EncoderShim, docs: Sequence[Doc], pieces: Pieces | None = None, *, cut: Cut = "second") -> Batches:
    """Batches of windows that hold two Docs each, such as a question and its context; see `make_pair_windows`.

    docs, pieces: First and second text of each pair in turn: (2 * n_pairs,).
    cut (str): Which text is cut into windows, the "second" or the "longer" one.
    RAISES (ValueError): A first text without a second one, or a text that is not cut and leaves no room for the other.
    """
    encoder, settings = shim.loaded, shim.settings
    pieces = _tokenize_once(encoder.tokenize, docs) if pieces is None else pieces
    capacity = settings.window_pieces - encoder.special.n_around - len(encoder.special.between)
    windows, whole = make_pair_windows(docs, pieces, capacity=capacity, overlap=settings.overlap_pieces, cut=cut)
    return Batches(pieces, windows, special=encoder.special, limit=encoder.limit, whole=whole)


def _tokenize_once(tokenize: Tokenize, docs: Sequence[Doc]) -> Pieces:
    """Pieces of Docs that may come several times, as a text does that is asked several questions."""
    different = {id(doc): doc for doc in docs}
    places = {identity: place for place, identity in enumerate(different)}
    return tokenize([*different.values()]).at(np.array([places[id(doc)] for doc in docs], dtype=np.int64))


def most_pieces(device_type: str, max_batch_pieces: int) -> int:
    """Padded pieces that are encoded at once in prediction, at most."""
    return min(max_batch_pieces, MOST_PIECES.get(device_type, max_batch_pieces))


def pack_to_predict(lengths: Ints1d, max_batch_pieces: int, device_type: str) -> Iterator[Ints1d]:
    """See `pack`. On a CPU vectors don't depend on what else is in a batch."""
    on_cpu = device_type == "cpu"
    return pack(
        lengths,
        max_batch_pieces,
        call_pieces=CALL_PIECES[device_type],
        step_pieces=STEP_ROWS if on_cpu else 1,
        same_in_any_company=on_cpu,
    )


def room_in_batch(lengths: Ints1d, max_batch_pieces: int, device_type: str) -> int:
    """How many windows more a batch of windows of these lengths takes, if they are not longer."""
    longest = int(rounded_lengths(lengths).max())
    return most_windows(longest, max_batch_pieces, STEP_ROWS if device_type == "cpu" else 1) - len(lengths)


def pack_to_train(lengths: Ints1d, max_batch_pieces: int, device_type: str) -> Iterator[Ints1d]:
    return pack(lengths, max_batch_pieces, call_pieces=TRAINING_CALL_PIECES[device_type], same_in_any_company=False)
