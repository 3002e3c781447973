"""Types of transformers, by which other rooms name what this one gives them."""

from transformers import PretrainedConfig, PreTrainedModel, PreTrainedTokenizerFast
from transformers.utils import ModelOutput

__all__ = ["ModelOutput", "PreTrainedModel", "PreTrainedTokenizerFast", "PretrainedConfig"]
