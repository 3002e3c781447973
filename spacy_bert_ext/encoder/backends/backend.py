"""What a back end is: it stands between batches and their vectors, in prediction. Training is torch's in any case."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import NamedTuple, Protocol, runtime_checkable

import torch
from torch import nn

from ...files.saved_files import SavedFiles
from ...huggingface.types import EncoderOutput
from ..inputs import Inputs


class Weights(NamedTuple):
    """What a back end computes from.

    module: In fp32, as it is trained: it is read, and neither changed nor set to evaluation. It may hold adapters. Of
        an encoder without weights, see `Int8Backend`, it is on torch's device "meta".
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


# Is told how far it is: what is done now, such as "Calibrating", how much of it is done, and how much there is.
Progress = Callable[[str, int, int], None]


@runtime_checkable
class Int8Backend(Backend, Protocol):
    """A back end that can compute in int8, from files of its own: then the encoder needs no torch weights.

    Such a pipeline holds config, tokenizer and the files of the back end. Its encoder predicts only.

    made_from: Checksum of the weights that its int8 ones were made of; None if it has none.
    """

    made_from: str | None

    def quantize(self, weights: Weights, batches: Iterable[Inputs], *, progress: Progress) -> None:
        """Make the weights int8 and keep the result, which `save` writes.

        batches: What activations are calibrated with: 10 to 50, of all lengths.
        RAISES (ValueError): The architecture can't be exported. (ImportError): A library for it is missing.
        """
