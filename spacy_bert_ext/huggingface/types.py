"""Types of transformers, by which other rooms name what this one gives them."""

from typing import TYPE_CHECKING

from transformers import PretrainedConfig, PreTrainedModel
from transformers.utils import ModelOutput

if TYPE_CHECKING:  # of the other name type checkers see a stand-in, for where the library `tokenizers` is missing
    from transformers.tokenization_utils_fast import PreTrainedTokenizerFast
else:
    from transformers import PreTrainedTokenizerFast

__all__ = ["ModelOutput", "PreTrainedModel", "PreTrainedTokenizerFast", "PretrainedConfig"]
