"""An encoder in Hugging Face format: config, tokenizer and weights."""

import copy
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from torch import nn
from transformers import PretrainedConfig, PreTrainedModel

from ..errors import Errors
from ..kernels.adapters import has_adapters, merged_copy
from ..pieces.masks import Vocabulary
from ..pieces.special_pieces import SpecialPieces, special_pieces_of
from .foreign import quiet
from .module import count_embeddings
from .types import PreTrainedTokenizerFast
from .weightless import is_weightless


@dataclass
class Checkpoint:
    """An encoder in Hugging Face format.

    module: Maps `input_ids`, `attention_mask` of (n_windows, n_pieces) to vectors of (n_windows, n_pieces, width). It
        may have no weights, see `weightless_module`.
    identity: Of an encoder that was saved with a pipeline, see `TorchShim`.
    is_untrained: Whether its weights are random, see `untrained_checkpoint`.
    """

    config: PretrainedConfig
    tokenizer: PreTrainedTokenizerFast
    module: PreTrainedModel
    identity: str | None = None
    is_untrained: bool = False

    @property
    def width(self) -> int:
        return int(self.config.hidden_size)

    @property
    def has_weights(self) -> bool:
        return not is_weightless(self.module)

    @property
    def max_window_pieces(self) -> int | None:
        """The longest window that the position vectors allow, special pieces included; None without a limit."""
        limit = getattr(self.config, "max_position_embeddings", None)
        if not isinstance(limit, int) or limit <= 0:
            return None
        for name, module in self.module.named_modules():
            if name.endswith("position_embeddings") and isinstance(module, nn.Embedding):
                # RoBERTa and its kin number positions from padding_idx + 1 on.
                offset = 0 if module.padding_idx is None else module.padding_idx + 1
                return module.num_embeddings - offset
        return limit

    @property
    def has_token_types(self) -> bool:
        """Whether it tells the two texts of a window apart by token types: its tokenizer gives some that it knows."""
        return "token_type_ids" in self.tokenizer.model_input_names and getattr(self.config, "type_vocab_size", 0) > 1

    def special_pieces(self) -> SpecialPieces:
        """Pieces that stand around the texts in every window, such as [CLS] and [SEP]."""
        # Asked of the backend, which adds them: a fast tokenizer without a class of its own (ModernBERT's) has no
        # `build_inputs_with_special_tokens` but the default, which knows of none.
        return special_pieces_of(
            self.tokenizer.backend_tokenizer, pad=self.tokenizer.pad_token_id or 0, has_types=self.has_token_types
        )

    def vocabulary(self, name: str) -> Vocabulary:
        """Its mask piece, and which pieces are special.

        name (str): Of the checkpoint, for the error.
        RAISES (ValueError): The tokenizer has no mask piece.
        """
        mask = self.tokenizer.mask_token_id
        if mask is None:
            raise ValueError(Errors.B487.format(name=name))
        is_special = np.zeros(len(self.tokenizer), np.bool_)
        is_special[self.tokenizer.all_special_ids] = True
        return Vocabulary(mask, is_special)

    def plain_module(self) -> PreTrainedModel:
        """The module as transformers knows it: adapters of a training in progress merged into its weights.

        RAISES (ValueError): It has no weights.
        """
        if not self.has_weights:
            raise ValueError(Errors.B362.format(purpose="exported or converted"))
        return merged_copy(self.module, torch.float32) if has_adapters(self.module) else self.module

    def save(self, folder: Path) -> None:
        """Write config.json, model.safetensors and the tokenizer's files into a folder that exists.

        Without weights there is no model.safetensors.
        """
        with quiet():
            if self.has_weights:
                self.plain_module().save_pretrained(folder, safe_serialization=True)
            else:
                config = copy.deepcopy(self.module.config)
                config.architectures = [type(self.module).__name__]
                config.save_pretrained(folder)
            self.tokenizer.save_pretrained(folder)


def check_pieces(name: str, checkpoint: Checkpoint) -> None:
    """RAISES (ValueError): The tokenizer gives pieces for which the encoder has no vectors."""
    tokenizer, n_embeddings = checkpoint.tokenizer, count_embeddings(name, checkpoint.module)
    special = checkpoint.special_pieces()
    ids = [*special.before, *special.between, *special.after, special.pad]
    ids += [*tokenizer.added_tokens_decoder, len(tokenizer) - 1]
    if max(ids) >= n_embeddings:
        raise ValueError(Errors.B008.format(name=name, vocabulary=max(ids) + 1, embeddings=n_embeddings))
