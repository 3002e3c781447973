"""Vectors of prediction, which are filled in batch by batch, in the order of the text."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..arrays.pooling import pool_window
from ..arrays.transfer import to_device
from ..huggingface.types import EncoderOutput
from ..pieces.batches import Batch
from .layer_means import LayerMeansOfBatches
from .output import LayerMeans, owned_vectors
from .shim import EncoderShim


class Vectors:
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
