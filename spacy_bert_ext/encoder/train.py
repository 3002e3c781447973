"""Batches → vectors whose gradients reach the encoder's weights."""

from contextlib import nullcontext

import numpy as np
import torch
from torch import Tensor

from ..arrays.pooling import pool_window
from ..arrays.transfer import to_device
from ..kernels.attention import TrainingAttention
from ..pieces.batches import Batches
from ..runtime.contention import watching
from ..runtime.forks import check_not_forked_on_gpu
from ..runtime.memory import advice_for_training
from ..types import Ints1d
from .inputs import inputs_of
from .output import EncodedDocs, encoded_docs, owned_vectors
from .plan import pack_to_train
from .shim import EncoderShim


def encode_with_gradients(shim: EncoderShim, batches: Batches, *, max_batch_pieces: int) -> EncodedDocs:
    """Vectors of what is planned; dropout is on.

    RAISES (torch.OutOfMemoryError): With advice which settings to change.
    """
    check_not_forked_on_gpu(shim.device)
    hidden_parts, targets, window_parts, windows_done = [], [], [], []
    module, device, precision = shim.loaded_module, shim.device, shim.training_precision
    with advice_for_training(device, int(batches.lengths.sum())):
        autocast = torch.autocast(device.type, dtype=torch.bfloat16, enabled=precision == torch.bfloat16)
        # What is computed again for checkpointed gradients is so outside of this block, and must be the same.
        with autocast, nullcontext() if shim.settings.gradient_checkpointing else TrainingAttention():
            real = np.flatnonzero(batches.lengths)
            for places in pack_to_train(batches.lengths[real], max_batch_pieces, device.type):
                batch = batches.make(real[places])
                shim.n_real_pieces += int(batches.lengths[batch.windows].sum())
                shim.n_padded_pieces += batch.ids.size
                with watching(device, batch.ids.size, fixed=True):
                    hidden = module(**inputs_of(batch, device).arguments()).last_hidden_state
                hidden_parts.append(owned_vectors(hidden, to_device(batch.sources, device)))
                own = to_device(batch.own, device)
                window_parts.append(pool_window(hidden, own, shim.settings.window_pooling))
                targets.append(batch.targets)
                windows_done.append(batch.windows)
        piece_vectors = _in_order(hidden_parts, targets, len(batches.pieces.ids), shim)
        window_vectors = _in_order(window_parts, windows_done, len(batches.lengths), shim)
    return encoded_docs(batches, piece_vectors, window_vectors)


def _in_order(parts: list[Tensor], places: list[Ints1d], n_rows: int, shim: EncoderShim) -> Tensor:
    """Rows of all parts at their places; rows that no part has are zero. Differentiable."""
    if not parts:
        return torch.zeros((n_rows, shim.loaded.checkpoint.width), device=shim.device)
    rows = torch.cat(parts).float()
    places_flat = to_device(np.concatenate(places), rows.device)
    return rows.new_zeros((n_rows, rows.shape[1])).index_copy(0, places_flat, rows)
