"""Gathers what stays on Docs besides what heads read: means of layers, means of windows, the pooler's output."""

from collections.abc import Sequence

import torch
from torch import Tensor

from ..arrays.pooling import pool_window
from ..huggingface.types import EncoderOutput
from .output import LayerMeans

LAST_LAYER = [-1]


class LayerMeansOfBatches:
    """Filled batch by batch, beside the vectors that heads read.

    layers (Sequence[int]): Places in the `hidden_states` of transformers: 0 the embeddings, -1 the last layer, which is
        the `last_hidden_state`.
    piece_vectors, window_vectors (Tensor): Heads' vectors: (n_owned, width), (n_windows, width).
    has_pooler (bool): Whether the checkpoint has one.
    """

    def __init__(
        self, layers: Sequence[int], piece_vectors: Tensor, window_vectors: Tensor, *, has_pooler: bool
    ) -> None:
        self.layers = layers
        self.states = LayerMeans(
            None if list(layers) == LAST_LAYER else torch.zeros_like(piece_vectors),
            torch.zeros_like(window_vectors),
            torch.zeros_like(window_vectors) if has_pooler else None,
        )

    @property
    def needs_all_layers(self) -> bool:
        return self.states.layer_means is not None

    def add(self, output: EncoderOutput, own: Tensor, *, sources: Tensor, targets: Tensor, places: Tensor) -> None:
        """Take over from one batch.

        own: Where its pieces are, without those of a context: (k, padded length).
        sources, targets: Where vectors stand in its flattened output, and for which pieces: (n_owned,).
        places: Of its windows: (k,).
        """
        hidden = output.last_hidden_state
        if self.states.layer_means is not None:
            # Of some architectures (ModernBERT) the last of the `hidden_states` is not normalized yet.
            states = (*output.hidden_states[:-1], output.last_hidden_state)
            hidden = torch.stack([states[layer] for layer in self.layers]).mean(0)
            self.states.layer_means.index_copy_(0, targets, hidden.flatten(0, 1).index_select(0, sources))
        self.states.window_means[places] = pool_window(hidden, own, "mean")
        if self.states.pooler_output is not None:
            self.states.pooler_output[places] = output.pooler_output
