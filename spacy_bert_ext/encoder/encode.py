"""Docs → vectors: pieces, windows and batches through the module, vectors back to the order of the text."""

import os
import warnings
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import torch
from spacy.tokens import Doc
from torch import Tensor, nn

from ..errors import Errors, Warnings
from ..pieces.batches import pack, padded_length
from ..pieces.tokenize import Pieces
from ..pieces.windows import Windows, make_windows
from ..ragged import expand_ranges
from ..transfer import to_device
from ..types import Ints1d
from .output import EncodedDocs
from .shim import EncoderSettings, EncoderShim

# The processes of `nlp.pipe(n_process=...)` are forks, in which more than one of torch's threads would wait forever.
_FIRST_PROCESS = os.getpid()

# Roughly how many pieces the device could encode in the time that calling the module takes by itself; in training that
# time includes the way back.
CALL_PIECES = {"cpu": 32, "cuda": 2048, "mps": 512}
TRAINING_CALL_PIECES = {"cpu": 128, "cuda": 2048, "mps": 512}


class Batch(NamedTuple):
    """Windows that are encoded together.

    windows: Their numbers: (k,).
    ids, mask: Piece ids and where they are: (k, padded length).
    sources, targets: Where vectors stand in the flattened output, and for which pieces: (n_owned,).
    """

    windows: Ints1d
    ids: np.ndarray
    mask: np.ndarray
    sources: Ints1d
    targets: Ints1d


class Batches:
    """The batches of some Docs."""

    def __init__(self, shim: EncoderShim, settings: EncoderSettings, docs: Sequence[Doc]) -> None:
        n_special = len(shim.prefix) + len(shim.suffix)
        self.shim = shim
        self.pieces: Pieces = shim.tokenize(docs)
        capacity = settings.window_pieces - n_special
        self.windows: Windows = make_windows(docs, self.pieces, capacity, settings.overlap_pieces)
        self.lengths: Ints1d = self.windows.end - self.windows.start + n_special

    @property
    def pieces_per_window(self) -> Ints1d:
        return self.windows.own_end - self.windows.own_start

    def make(self, windows: Ints1d) -> Batch:
        """Piece ids of these windows, padded to like length."""
        shim = self.shim
        row = padded_length(int(self.lengths[windows].max()), shim.checkpoint.max_window_pieces)
        starts, lengths = self.windows.start[windows], (self.windows.end - self.windows.start)[windows]
        first = np.arange(len(windows)) * row
        ids = np.full(len(windows) * row, shim.pad_id, dtype=np.int64)
        for i, piece in enumerate(shim.prefix):
            ids[first + i] = piece
        ids[expand_ranges(first + len(shim.prefix), lengths)] = self.pieces.ids[expand_ranges(starts, lengths)]
        for i, piece in enumerate(shim.suffix):
            ids[first + len(shim.prefix) + lengths + i] = piece
        mask = np.arange(row) < self.lengths[windows][:, None]
        owned = self.pieces_per_window[windows]
        own_starts = self.windows.own_start[windows]
        sources = expand_ranges(first + len(shim.prefix) + own_starts - starts, owned)
        targets = expand_ranges(own_starts, owned)
        return Batch(windows, ids.reshape(-1, row), mask.astype(np.int64), sources, targets)

    def result(self, piece_vectors: Tensor, window_vectors: Tensor) -> EncodedDocs:
        return EncodedDocs(piece_vectors, window_vectors, self.pieces, self.windows.per_doc, self.pieces_per_window)


def encode(
    shim: EncoderShim, settings: EncoderSettings, docs: Sequence[Doc], max_batch_pieces: int
) -> tuple[EncodedDocs, int]:
    """Vectors for prediction, without gradients.

    RETURNS (Tuple[EncodedDocs, int]): The vectors, and the `max_batch_pieces` that fitted into memory.
    """
    if os.getpid() != _FIRST_PROCESS:
        torch.set_num_threads(1)
    module = shim.predicting_module()
    batches = Batches(shim, settings, docs)
    width = shim.checkpoint.width
    options = {"dtype": shim.precision, "device": shim.device}
    packing = {"call_pieces": CALL_PIECES[shim.device.type], "same_in_any_company": shim.device.type == "cpu"}
    piece_vectors = torch.empty((len(batches.pieces.ids), width), **options)
    window_vectors = torch.zeros((len(batches.lengths), width), **options)
    waiting, fitting = np.flatnonzero(batches.lengths), max_batch_pieces
    with torch.no_grad():
        while len(waiting):
            try:
                for places in pack(batches.lengths[waiting], fitting, **packing):
                    batch = batches.make(waiting[places])
                    hidden = _forward(module, batch, shim.device)
                    targets = to_device(batch.targets, shim.device)
                    piece_vectors[targets] = _owned(hidden, batch)
                    window_vectors[to_device(batch.windows, shim.device)] = hidden[:, 0]
                waiting = waiting[:0]
            except torch.OutOfMemoryError:
                # Windows already done are done again: the vectors are the same.
                if fitting <= batches.lengths[waiting].max():
                    raise
                fitting //= 2
    if fitting < max_batch_pieces:
        warnings.warn(Warnings.B102.format(device=shim.device, before=max_batch_pieces, after=fitting))
    return batches.result(piece_vectors, window_vectors), fitting


def encode_with_gradients(
    shim: EncoderShim, settings: EncoderSettings, docs: Sequence[Doc], max_batch_pieces: int
) -> EncodedDocs:
    """Vectors whose gradients reach the encoder's weights; dropout is on.

    RAISES (torch.OutOfMemoryError): With advice which settings to change.
    """
    batches = Batches(shim, settings, docs)
    hidden_parts, targets, window_parts, windows_done = [], [], [], []
    precision = shim.training_precision
    try:
        with torch.autocast(shim.device.type, dtype=torch.bfloat16, enabled=precision == torch.bfloat16):
            real = np.flatnonzero(batches.lengths)
            packing = {"call_pieces": TRAINING_CALL_PIECES[shim.device.type], "same_in_any_company": False}
            for places in pack(batches.lengths[real], max_batch_pieces, **packing):
                batch = batches.make(real[places])
                hidden = _forward(shim.module, batch, shim.device)
                hidden_parts.append(_owned(hidden, batch))
                window_parts.append(hidden[:, 0])
                targets.append(batch.targets)
                windows_done.append(batch.windows)
    except torch.OutOfMemoryError as error:
        pieces = int(batches.lengths.sum())
        raise torch.OutOfMemoryError(Errors.B028.format(device=shim.device, pieces=pieces)) from error
    piece_vectors = _in_order(hidden_parts, targets, len(batches.pieces.ids), shim)
    window_vectors = _in_order(window_parts, windows_done, len(batches.lengths), shim)
    return batches.result(piece_vectors, window_vectors)


def _forward(module: nn.Module, batch: Batch, device: torch.device) -> Tensor:
    """Hidden states of a batch: (k, padded length, width)."""
    ids, mask = to_device(batch.ids, device), to_device(batch.mask, device)
    return module(input_ids=ids, attention_mask=mask).last_hidden_state


def _owned(hidden: Tensor, batch: Batch) -> Tensor:
    """Vectors of the pieces that the batch's windows own: (n_owned, width)."""
    return hidden.flatten(0, 1)[to_device(batch.sources, hidden.device)]


def _in_order(parts: list[Tensor], places: list[Ints1d], n_rows: int, shim: EncoderShim) -> Tensor:
    """Rows of all parts at their places; rows that no part has are zero. Differentiable."""
    if not parts:
        return torch.zeros((n_rows, shim.checkpoint.width), device=shim.device)
    rows = torch.cat(parts).float()
    places_flat = to_device(np.concatenate(places), rows.device)
    return rows.new_zeros((n_rows, rows.shape[1])).index_copy(0, places_flat, rows)
