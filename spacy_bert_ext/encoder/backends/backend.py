"""What a back end is: it stands between batches and their vectors, in prediction. Training is torch's in any case."""

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple, Protocol

import torch
from torch import nn

from ...files.saved_files import SavedFiles
from ...huggingface.types import EncoderOutput
from ..inputs import Inputs


class Weights(NamedTuple):
    """What a back end computes from.

    module: In fp32, as it is trained: it is read, and neither changed nor set to evaluation. It may hold adapters.
    device, precision: Where prediction computes, and in what.
    checksum: SHA-256 of the weights, computed when it is called. By it a back end tells whether files that it has read
        are of these weights: training, averages of weights and `half` change them.
    """

    module: nn.Module
    device: torch.device
    precision: torch.dtype
    checksum: Callable[[], str | None]


class Predictor(Protocol):
    """An encoder as it is now.

    dtype: Of its vectors.
    """

    dtype: torch.dtype

    def __call__(self, inputs: Inputs, *, all_layers: bool = False) -> EncoderOutput:
        """`last_hidden_state` (n_windows, n_pieces, width) on the device of the inputs, without gradients.

        And `pooler_output` if the checkpoint has a pooler; `hidden_states` if `all_layers` are asked for.
        """


class Backend(Protocol):
    """A way to compute vectors: one object for each encoder, which copies and pickles with it."""

    def predictor(self, weights: Weights) -> Predictor:
        """What predicts with these weights. Asked for again whenever they have changed."""

    def save(self, folder: Path, weights: Weights) -> None:
        """Write files of its own beside those of the checkpoint, if it has any, for the weights that are saved.

        These may never have predicted.
        """

    def read(self, files: SavedFiles) -> None:
        """Read what `save` wrote, before the first `predictor`. Files are compared with their checksums.

        They may be missing: the pipeline may have been saved with another back end.
        """
