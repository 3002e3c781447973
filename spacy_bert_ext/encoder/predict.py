"""Batches → vectors of prediction, through the back end, in the order of the text. Without gradients."""

import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from ..errors import Errors, Warnings
from ..pieces.batches import Batches
from ..runtime.forks import check_not_forked_on_gpu
from ..runtime.memory import AdvisedOutOfMemoryError, is_out_of_memory
from .backends.backend import Predictor
from .inputs import inputs_of
from .output import Encoded, EncodedDocs, EncodedLongDoc, LayerMeans, encoded_docs
from .parts import encoded_part, part_bounds, pieces_of
from .plan import most_pieces, pack_to_predict
from .shim import EncoderShim
from .vectors import Vectors

# A Doc whose vectors need more than this is encoded in parts, once for each head: memory before time.
MAX_HELD_BYTES = 2**28
PART_PIECES = 2**16


def predict(
    shim: EncoderShim,
    batches: Batches,
    *,
    max_batch_pieces: int,
    remember: Callable[[int], None],
    mean_layers: Sequence[int] | None = None,
) -> Encoded:
    """Vectors of what is planned.

    remember (Callable): Is told the `max_batch_pieces` that fitted, if the device ran out of memory.
    mean_layers (Sequence[int]): Layers whose mean stays on the Docs, see `LayerMeansOfBatches`; None if nothing stays.
    """
    check_not_forked_on_gpu(shim.device)
    n_windows, n_pieces, width = len(batches.lengths), len(batches.pieces.ids), shim.loaded.checkpoint.width
    fitting = max_batch_pieces

    def vectors_of(first: int, last: int, pieces: slice) -> tuple[Tensor, Tensor, LayerMeans | None]:
        nonlocal fitting
        predictor = shim.predictor()
        vectors = Vectors(
            shim,
            predictor.dtype,
            first_window=first,
            n_windows=last - first,
            pieces=pieces,
            mean_layers=mean_layers,
        )
        before, fitting = fitting, _encode(predictor, batches, vectors, max_batch_pieces=fitting)
        if fitting < before:
            remember(fitting)
        return vectors.all()

    if is_held(shim, batches):
        return encoded_docs(batches, *vectors_of(0, n_windows, slice(0, n_pieces)))
    bounds = part_bounds(batches, PART_PIECES).tolist()

    def make_parts() -> Iterator[EncodedDocs]:
        for first, last in itertools.pairwise(bounds):
            yield encoded_part(batches, first, last, vectors_of(first, last, pieces_of(batches, first, last)))

    return EncodedLongDoc(batches.pieces, shim.device, width, make_parts)


def is_held(shim: EncoderShim, batches: Batches) -> bool:
    """Whether all vectors are there at once: of any Docs but a single long one."""
    n_bytes = len(batches.pieces.ids) * shim.loaded.checkpoint.width * shim.precision.itemsize
    return len(batches.pieces.per_doc) > 1 or n_bytes <= MAX_HELD_BYTES


def _encode(predictor: Predictor, batches: Batches, vectors: Vectors, *, max_batch_pieces: int) -> int:
    """Have the predictor make the vectors.

    RETURNS (int): How many padded pieces fitted at once, if there was not memory enough; else `max_batch_pieces`.
    """
    device, first = vectors.device, vectors.first_window
    last = first + len(vectors.of_windows)
    waiting = np.arange(first, last)[batches.lengths[first:last] > 0]
    all_layers = vectors.needs_all_layers
    most = fitting = most_pieces(device.type, max_batch_pieces)
    with torch.no_grad():
        while len(waiting):
            try:
                for chosen in pack_to_predict(batches.lengths[waiting], fitting, device.type):
                    batch = batches.make(waiting[chosen])
                    vectors.add(batch, predictor(inputs_of(batch, device), all_layers=all_layers))
                waiting = waiting[:0]
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                # Windows already done are done again: the vectors are the same.
                longest = int(batches.lengths[waiting].max())
                if fitting <= longest:
                    raise AdvisedOutOfMemoryError(Errors.B111.format(device=device, pieces=longest)) from error
                fitting //= 2
    if fitting == most:
        return max_batch_pieces
    warnings.warn(Warnings.B102.format(device=device, before=most, after=fitting))
    return fitting
