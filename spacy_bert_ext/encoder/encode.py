"""Docs → vectors: pieces, windows and batches through the module, vectors back to the order of the text."""

import itertools
import warnings
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from typing import NamedTuple

import numpy as np
import torch
from spacy.tokens import Doc
from torch import Tensor, nn

from ..arrays.pooling import pool_window
from ..arrays.ragged import expand_ranges
from ..arrays.transfer import to_device
from ..errors import Errors, Warnings
from ..huggingface.types import ModelOutput
from ..kernels.attention import TrainingAttention
from ..kernels.blocked import STEP_ROWS
from ..pieces.context import ContextPieces, make_context
from ..pieces.packing import pack, padded_length
from ..pieces.pieces import Pieces
from ..pieces.windows import Windows, make_windows
from ..runtime.forks import check_not_forked_on_gpu
from ..runtime.memory import AdvisedOutOfMemoryError, advice_for_training, is_out_of_memory
from ..types import Ints1d
from .layer_means import Keeping
from .output import Encoded, EncodedDocs, EncodedLongDoc, LayerMeans
from .shim import EncoderShim

# Roughly how many pieces the device could encode in the time that calling the module takes by itself; in training that
# time includes the way back.
CALL_PIECES = {"cpu": 32, "cuda": 2048, "mps": 512}
TRAINING_CALL_PIECES = {"cpu": 128, "cuda": 2048, "mps": 512}

# More pieces at once gain nothing on a CPU, and leave its cache.
MOST_PIECES = {"cpu": 1024}

# A Doc whose vectors need more than this is encoded in parts, once for each head: memory before time.
MAX_HELD_BYTES = 2**28
PART_PIECES = 2**16


class Batch(NamedTuple):
    """Windows that are encoded together.

    windows: Their numbers: (k,).
    ids, mask: Piece ids and where they are: (k, padded length).
    own: Where pieces are that are no context, special ones included: what means over a window count. (k, padded length)
    sources, targets: Where vectors stand in the flattened output, and for which pieces: (n_owned,).
    """

    windows: Ints1d
    ids: np.ndarray
    mask: np.ndarray
    own: np.ndarray
    sources: Ints1d
    targets: Ints1d


class Batches:
    """The batches of some Docs."""

    def __init__(self, shim: EncoderShim, docs: Sequence[Doc]) -> None:
        settings = shim.settings
        check_not_forked_on_gpu(shim.device)
        n_special = len(shim.prefix) + len(shim.suffix)
        self.shim = shim
        self.pieces: Pieces = shim.tokenize(docs)
        capacity = settings.window_pieces - n_special
        self.windows: Windows = make_windows(docs, self.pieces, capacity, settings.overlap_pieces)
        self.context: ContextPieces = make_context(
            docs, self.windows, shim.tokenize, capacity=capacity, context_pieces=settings.context_pieces
        )
        own = self.windows.end - self.windows.start
        self.lengths: Ints1d = own + self.context.n_before + self.context.n_after + n_special

    @property
    def pieces_per_window(self) -> Ints1d:
        return self.windows.own_end - self.windows.own_start

    def make(self, windows: Ints1d) -> Batch:
        """Piece ids of these windows, padded to like length."""
        shim, context = self.shim, self.context
        row = padded_length(int(self.lengths[windows].max()), shim.checkpoint.max_window_pieces)
        starts, lengths = self.windows.start[windows], (self.windows.end - self.windows.start)[windows]
        first = np.arange(len(windows)) * row
        before_places = first + len(shim.prefix)
        own_places = before_places + context.n_before[windows]
        after_places = own_places + lengths
        end_places = after_places + context.n_after[windows]
        ids = np.full(len(windows) * row, shim.pad_id, dtype=np.int64)
        for i, piece in enumerate(shim.prefix):
            ids[first + i] = piece
        ids[expand_ranges(own_places, lengths)] = self.pieces.ids[expand_ranges(starts, lengths)]
        for i, piece in enumerate(shim.suffix):
            ids[end_places + i] = piece
        mask = own = (np.arange(row) < self.lengths[windows][:, None]).astype(np.int64)
        if len(context.ids):
            own = mask.copy()
            for places, begin, length in (
                (before_places, context.before_start[windows], context.n_before[windows]),
                (after_places, context.after_start[windows], context.n_after[windows]),
            ):
                around = expand_ranges(places, length)
                ids[around] = context.ids[expand_ranges(begin, length)]
                own.reshape(-1)[around] = 0
        owned = self.pieces_per_window[windows]
        own_starts = self.windows.own_start[windows]
        sources = expand_ranges(own_places + own_starts - starts, owned)
        targets = expand_ranges(own_starts, owned)
        return Batch(windows, ids.reshape(-1, row), mask, own, sources, targets)

    def result(self, piece_vectors: Tensor, window_vectors: Tensor, kept: LayerMeans | None = None) -> EncodedDocs:
        per_doc, per_window = self.windows.per_doc, self.pieces_per_window
        return EncodedDocs(piece_vectors, window_vectors, self.pieces, per_doc, per_window, kept)

    def part(
        self, first: int, last: int, piece_vectors: Tensor, window_vectors: Tensor, kept: LayerMeans | None
    ) -> EncodedDocs:
        """The windows from `first` up to `last` of one Doc, as if they were a Doc of their own."""
        start, end = int(self.windows.own_start[first]), int(self.windows.own_end[last - 1])
        token_ends = np.cumsum(self.pieces.per_token)
        # Tokens without pieces go with the token before; those at the beginning with the first part.
        first_token = int(np.searchsorted(token_ends, start, side="right")) if start else 0
        last_token = int(np.searchsorted(token_ends, end, side="right")) if end < token_ends[-1] else len(token_ends)
        tokens = slice(first_token, last_token)
        n_windows, n_tokens = np.array([last - first]), np.array([last_token - first_token])
        per_token, taggable = self.pieces.per_token[tokens], self.pieces.taggable[tokens]
        n_pieces, own_tokens = np.array([end - start]), self.pieces.tokens[tokens]
        pieces = Pieces(self.pieces.ids[start:end], per_token, n_pieces, n_tokens, taggable, own_tokens)
        per_window = self.pieces_per_window[first:last]
        return EncodedDocs(piece_vectors, window_vectors, pieces, n_windows, per_window, kept)

    def part_bounds(self, part_pieces: int) -> Ints1d:
        """Windows at which parts of about `part_pieces` pieces begin, and the number of windows. No token is parted."""
        token_starts = np.cumsum(self.pieces.per_token) - self.pieces.per_token
        between_tokens = np.flatnonzero(np.isin(self.windows.own_start, token_starts))
        wanted = np.arange(0, len(self.pieces.ids), part_pieces)
        chosen = np.searchsorted(self.windows.own_start[between_tokens], wanted)
        firsts = np.unique(between_tokens[chosen[chosen < len(between_tokens)]])
        return np.append(firsts, len(self.lengths))


def encode(
    shim: EncoderShim,
    docs: Sequence[Doc],
    max_batch_pieces: int,
    remember: Callable[[int], None],
    mean_layers: Sequence[int] | None = None,
) -> Encoded:
    """Vectors for prediction, without gradients.

    remember (Callable): Is told the `max_batch_pieces` that fitted, if the device ran out of memory.
    mean_layers (Sequence[int]): Layers whose mean stays on the Docs, see `Keeping`; None if nothing stays.
    """
    batches = Batches(shim, docs)
    n_windows, width = len(batches.lengths), shim.checkpoint.width

    fitting = max_batch_pieces

    def remember_here(pieces: int) -> None:
        nonlocal fitting
        fitting = pieces
        remember(pieces)

    def vectors_of(first: int, last: int) -> tuple[Tensor, Tensor, LayerMeans | None]:
        return _encode_windows(shim, batches, (first, last), fitting, remember_here, mean_layers)

    held_bytes = len(batches.pieces.ids) * width * shim.precision.itemsize
    if len(docs) > 1 or held_bytes <= MAX_HELD_BYTES:
        return batches.result(*vectors_of(0, n_windows))
    bounds = batches.part_bounds(PART_PIECES).tolist()

    def make_parts() -> Iterator[EncodedDocs]:
        for first, last in itertools.pairwise(bounds):
            yield batches.part(first, last, *vectors_of(first, last))

    return EncodedLongDoc(batches.pieces, shim.device, width, make_parts)


def _encode_windows(
    shim: EncoderShim,
    batches: Batches,
    window_range: tuple[int, int],
    max_batch_pieces: int,
    remember: Callable[[int], None],
    mean_layers: Sequence[int] | None,
) -> tuple[Tensor, Tensor, LayerMeans | None]:
    """Vectors of the pieces that some windows own, (n_owned, width), of the windows, (n_windows, width), and what is
    kept besides."""
    module = shim.predicting_module()
    first, last = window_range
    waiting = np.arange(first, last)[batches.lengths[first:last] > 0]
    piece_range = (batches.windows.own_start[first], batches.windows.own_end[last - 1]) if last > first else (0, 0)
    options = {"dtype": shim.precision, "device": shim.device}
    piece_vectors = torch.empty((piece_range[1] - piece_range[0], shim.checkpoint.width), **options)
    window_vectors = torch.zeros((last - first, shim.checkpoint.width), **options)
    keeping = None if mean_layers is None else Keeping(mean_layers, module, piece_vectors, window_vectors)
    model_options = {"output_hidden_states": True} if keeping is not None and keeping.needs_all_layers else {}
    on_cpu = shim.device.type == "cpu"
    packing = {
        "call_pieces": CALL_PIECES[shim.device.type],
        "step_pieces": STEP_ROWS if on_cpu else 1,
        "same_in_any_company": on_cpu,
    }
    most = fitting = min(max_batch_pieces, MOST_PIECES.get(shim.device.type, max_batch_pieces))
    with torch.no_grad():
        while len(waiting):
            try:
                for chosen in pack(batches.lengths[waiting], fitting, **packing):
                    batch = batches.make(waiting[chosen])
                    output = _forward(module, batch, shim.device, **model_options)
                    hidden, own = output.last_hidden_state, to_device(batch.own, shim.device)
                    sources = to_device(batch.sources, shim.device)
                    targets = to_device(batch.targets - piece_range[0], shim.device)
                    places = to_device(batch.windows - first, shim.device)
                    piece_vectors.index_copy_(0, targets, _owned(hidden, sources))
                    window_vectors[places] = pool_window(hidden, own, shim.settings.window_pooling)
                    if keeping is not None:
                        keeping.add(output, own, sources, targets, places)
                waiting = waiting[:0]
            except (RuntimeError, MemoryError) as error:
                if not is_out_of_memory(error):
                    raise
                # Windows already done are done again: the vectors are the same.
                longest = int(batches.lengths[waiting].max())
                if fitting <= longest:
                    raise AdvisedOutOfMemoryError(Errors.B111.format(device=shim.device, pieces=longest)) from error
                fitting //= 2
    if fitting < most:
        warnings.warn(Warnings.B102.format(device=shim.device, before=most, after=fitting))
        remember(fitting)
    return piece_vectors, window_vectors, None if keeping is None else keeping.states


def encode_with_gradients(shim: EncoderShim, docs: Sequence[Doc], max_batch_pieces: int) -> EncodedDocs:
    """Vectors whose gradients reach the encoder's weights; dropout is on.

    RAISES (torch.OutOfMemoryError): With advice which settings to change.
    """
    batches = Batches(shim, docs)
    hidden_parts, targets, window_parts, windows_done = [], [], [], []
    precision = shim.training_precision
    with advice_for_training(shim.device, int(batches.lengths.sum())):
        autocast = torch.autocast(shim.device.type, dtype=torch.bfloat16, enabled=precision == torch.bfloat16)
        # What is computed again for checkpointed gradients is so outside of this block, and must be the same.
        with autocast, nullcontext() if shim.settings.gradient_checkpointing else TrainingAttention():
            real = np.flatnonzero(batches.lengths)
            packing = {"call_pieces": TRAINING_CALL_PIECES[shim.device.type], "same_in_any_company": False}
            for places in pack(batches.lengths[real], max_batch_pieces, **packing):
                batch = batches.make(real[places])
                shim.n_real_pieces += int(batches.lengths[batch.windows].sum())
                shim.n_padded_pieces += batch.ids.size
                hidden = _forward(shim.module, batch, shim.device).last_hidden_state
                hidden_parts.append(_owned(hidden, to_device(batch.sources, shim.device)))
                own = to_device(batch.own, shim.device)
                window_parts.append(pool_window(hidden, own, shim.settings.window_pooling))
                targets.append(batch.targets)
                windows_done.append(batch.windows)
        piece_vectors = _in_order(hidden_parts, targets, len(batches.pieces.ids), shim)
        window_vectors = _in_order(window_parts, windows_done, len(batches.lengths), shim)
    return batches.result(piece_vectors, window_vectors)


def _forward(module: nn.Module, batch: Batch, device: torch.device, **options) -> ModelOutput:
    """`last_hidden_state` of a batch, (k, padded length, width), and what else transformers gives."""
    ids, mask = to_device(batch.ids, device), to_device(batch.mask, device)
    return module(input_ids=ids, attention_mask=mask, **options)


def _owned(hidden: Tensor, sources: Tensor) -> Tensor:
    """Vectors of the pieces that the batch's windows own: (n_owned, width)."""
    return hidden.flatten(0, 1).index_select(0, sources)


def _in_order(parts: list[Tensor], places: list[Ints1d], n_rows: int, shim: EncoderShim) -> Tensor:
    """Rows of all parts at their places; rows that no part has are zero. Differentiable."""
    if not parts:
        return torch.zeros((n_rows, shim.checkpoint.width), device=shim.device)
    rows = torch.cat(parts).float()
    places_flat = to_device(np.concatenate(places), rows.device)
    return rows.new_zeros((n_rows, rows.shape[1])).index_copy(0, places_flat, rows)
