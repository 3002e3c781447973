"""Types of transformers, by which other rooms name what this one gives them."""

from typing import TYPE_CHECKING, Protocol

from torch import Tensor
from transformers import PretrainedConfig, PreTrainedModel
from transformers.utils import ModelOutput

if TYPE_CHECKING:  # of the other name type checkers see a stand-in, for where the library `tokenizers` is missing
    from transformers.tokenization_utils_fast import PreTrainedTokenizerFast
else:
    from transformers import PreTrainedTokenizerFast


class EncoderOutput(Protocol):
    """What an encoder gives. The parts beside the first depend on the checkpoint, and on what is asked for.

    last_hidden_state: (n_windows, n_pieces, width).
    hidden_states: Of the embeddings and of each layer.
    pooler_output: (n_windows, width).
    """

    last_hidden_state: Tensor
    hidden_states: tuple[Tensor, ...]
    pooler_output: Tensor


__all__ = ["EncoderOutput", "ModelOutput", "PreTrainedModel", "PreTrainedTokenizerFast", "PretrainedConfig"]
