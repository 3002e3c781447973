"""Batches → vectors of prediction, through the back end, in the order of the text. Without gradients."""

import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence

import numpy as np
import torch
from torch import Tensor

from ..arrays.pooling import pool_window
from ..arrays.transfer import to_device
from ..errors import Errors, Warnings
from ..huggingface.types import EncoderOutput
from ..pieces.batches import Batch, Batches
from ..runtime.forks import check_not_forked_on_gpu
from ..runtime.memory import AdvisedOutOfMemoryError, is_out_of_memory
from .backends.backend import Predictor
from .inputs import inputs_of
from .layer_means import LayerMeansOfBatches
from .output import Encoded, EncodedDocs, EncodedLongDoc, LayerMeans, encoded_docs, owned_vectors
from .parts import encoded_part, part_bounds, pieces_of
from .plan import most_pieces, pack_to_predict
from .shim import EncoderShim

# A Doc whose vectors need more than this is encoded in parts, once for each head: memory before time.
MAX_HELD_BYTES = 2**28
PART_PIECES = 2**16


class _Vectors:
    """Filled batch by batch.

    first_window: Its number: windows count from it here.
    pieces: Which pieces, of all, have their vectors here.
    """

    def __init__(
        self,
        shim: EncoderShim,
        dtype: torch.dtype,
        *,
        first_window: int,
        n_windows: int,
        pieces: slice,
        mean_layers: Sequence[int] | None,
    ) -> None:
        self.device, self.window_pooling = shim.device, shim.settings.window_pooling
        self.first_window, self.first_piece = first_window, pieces.start
        width = shim.loaded.checkpoint.width
        self.of_pieces = torch.empty((pieces.stop - pieces.start, width), dtype=dtype, device=shim.device)
        self.of_windows = torch.zeros((n_windows, width), dtype=dtype, device=shim.device)
        self.layer_means: LayerMeansOfBatches | None = None
        if mean_layers is not None:
            has_pooler = getattr(shim.loaded_module, "pooler", None) is not None
            self.layer_means = LayerMeansOfBatches(mean_layers, self.of_pieces, self.of_windows, has_pooler=has_pooler)

    @property
    def needs_all_layers(self) -> bool:
        return self.layer_means is not None and self.layer_means.needs_all_layers

    def add(self, batch: Batch, output: EncoderOutput) -> None:
        hidden, own = output.last_hidden_state, to_device(batch.own, self.device)
        sources = to_device(batch.sources, self.device)
        targets = to_device(batch.targets - self.first_piece, self.device)
        places = to_device(batch.windows - self.first_window, self.device)
        self.of_pieces.index_copy_(0, targets, owned_vectors(hidden, sources))
        self.of_windows[places] = pool_window(hidden, own, self.window_pooling)
        if self.layer_means is not None:
            self.layer_means.add(output, own, sources=sources, targets=targets, places=places)

    def all(self) -> tuple[Tensor, Tensor, LayerMeans | None]:
        return self.of_pieces, self.of_windows, None if self.layer_means is None else self.layer_means.states


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
        vectors = _Vectors(
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

    if len(batches.pieces.per_doc) > 1 or n_pieces * width * shim.precision.itemsize <= MAX_HELD_BYTES:
        return encoded_docs(batches, *vectors_of(0, n_windows, slice(0, n_pieces)))
    bounds = part_bounds(batches, PART_PIECES).tolist()

    def make_parts() -> Iterator[EncodedDocs]:
        for first, last in itertools.pairwise(bounds):
            yield encoded_part(batches, first, last, vectors_of(first, last, pieces_of(batches, first, last)))

    return EncodedLongDoc(batches.pieces, shim.device, width, make_parts)


def _encode(predictor: Predictor, batches: Batches, vectors: _Vectors, *, max_batch_pieces: int) -> int:
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
