"""Checkpoint name or folder ↔ config, tokenizer and weights."""

from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import torch
from torch import nn
from transformers import (
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..kernels.adapters import has_adapters, merged_copy
from ..pieces.plain_text import pieces_around_text
from ..runtime.surroundings import in_own_surroundings
from .config import read_config
from .foreign import quiet
from .module import count_embeddings, model_class, read_module, start_reading
from .probe import check_vectors
from .source import files_of
from .tokenizer import read_tokenizer

Task = Literal["token-classification", "text-classification"]  # as the Hugging Face hub names them

_CLASSIFIERS = {
    "token-classification": MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    "text-classification": MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
}
_ENDINGS: dict[str, Task] = {
    "ForTokenClassification": "token-classification",
    "ForSequenceClassification": "text-classification",
}

# What pieces are made from: spaCy's tokens one by one, or the text as it stands.
PiecesFrom = Literal["tokens", "text"]
# As most checkpoints were fine-tuned, and as `pipeline(...)` runs those that classify texts.
PIECES_OF_CLASSIFIERS: dict[Task, PiecesFrom] = {"token-classification": "tokens", "text-classification": "text"}


@dataclass
class Checkpoint:
    """An encoder in Hugging Face format.

    module: Maps `input_ids`, `attention_mask` of (n_windows, n_pieces) to vectors of (n_windows, n_pieces, width).
    identity: Of an encoder that was saved with a pipeline, see `TorchShim`.
    """

    config: PretrainedConfig
    tokenizer: PreTrainedTokenizerFast
    module: nn.Module
    identity: str | None = None

    @property
    def width(self) -> int:
        return int(self.config.hidden_size)

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

    def special_pieces(self) -> tuple[list[int], list[int]]:
        """Pieces that stand before and after the text in every window, such as [CLS] and [SEP]."""
        # Asked of the backend, which adds them: a fast tokenizer without a class of its own (ModernBERT's) has no
        # `build_inputs_with_special_tokens` but the default, which knows of none.
        return pieces_around_text(self.tokenizer.backend_tokenizer)

    def plain_module(self) -> nn.Module:
        """The module as transformers knows it: adapters of a training in progress merged into its weights."""
        return merged_copy(self.module, torch.float32) if has_adapters(self.module) else self.module

    def save(self, folder: Path) -> None:
        """Write config.json, model.safetensors and the tokenizer's files into a folder that exists."""
        self.plain_module().save_pretrained(folder, safe_serialization=True)
        self.tokenizer.save_pretrained(folder)


def check_pieces_from(found: str) -> None:
    allowed = get_args(PiecesFrom)
    if found not in allowed:
        raise ValueError(Errors.B010.format(found=found, setting="pieces_from", allowed=", ".join(allowed)))


def load_checkpoint(name: str, *, revision: str | None = None, pieces_from: PiecesFrom = "tokens") -> Checkpoint:
    """Load an encoder by its folder or, if there is no such folder, by its name on the Hugging Face hub.

    A folder never causes network traffic. Weights are read from safetensors only; code in a checkpoint is never run.

    RAISES (ValueError): Nothing there, or as `read_checkpoint`.
    """
    with closing(files_of(name, revision)) as files:
        return read_checkpoint(files, str(name), pieces_from)


@in_own_surroundings
def read_checkpoint(files: SavedFiles, name: str, pieces_from: PiecesFrom) -> Checkpoint:
    """Load an encoder from its files.

    pieces_from (str): With "tokens", byte-level BPE is told that a space comes before each word.
    RAISES (ValueError): No tokenizer, no safetensors weights, weights that don't fit; vectors that are not those of
        pieces alone, see `check_vectors`.
    """
    with quiet():
        config = read_config(files, name)
        kind = model_class(config, name)
        reading = start_reading(files, name)  # beside the next line, which takes as long
        tokenizer = read_tokenizer(files, name, pieces_from)
        module = read_module(name, config, reading, kind)
    checkpoint = Checkpoint(module.config, tokenizer, module)
    check_pieces(name, checkpoint)
    check_vectors(name, module)
    return checkpoint


@in_own_surroundings
def load_classifier(
    name: str, *, revision: str | None = None, pieces_from: PiecesFrom | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast, Task]:
    """Load a fine-tuned checkpoint whole: encoder, head and labels.

    pieces_from (str): As in `read_checkpoint`; None for what the task is usually fine-tuned with.
    RAISES (ValueError): As `load_checkpoint`; and if the checkpoint has no head that classifies tokens or texts.
    """
    source = str(name)
    with closing(files_of(name, revision)) as files, quiet():
        config = read_config(files, source)
        architecture = (config.architectures or [config.model_type])[0]
        task = next((task for ending, task in _ENDINGS.items() if architecture.endswith(ending)), None)
        if task is None:
            raise ValueError(Errors.B036.format(name=source, architecture=architecture))
        kind = classifier_class(config, task)
        reading = start_reading(files, source)
        tokenizer = read_tokenizer(files, source, pieces_from or PIECES_OF_CLASSIFIERS[task])
        model = read_module(source, config, reading, kind)
    check_pieces(source, Checkpoint(model.config, tokenizer, model))
    return model, tokenizer, task


def classifier_class(config: PretrainedConfig, task: Task) -> type[PreTrainedModel]:
    """The class that classifies with this kind of encoder.

    RAISES (ValueError): There is none.
    """
    chosen = _CLASSIFIERS[task].get(type(config), None)
    if not isinstance(chosen, type):
        raise ValueError(Errors.B037.format(model_type=config.model_type, task=task))
    return chosen


def check_pieces(name: str, checkpoint: Checkpoint) -> None:
    """RAISES (ValueError): The tokenizer gives pieces for which the encoder has no vectors."""
    tokenizer, n_embeddings = checkpoint.tokenizer, count_embeddings(name, checkpoint.module)
    before, after = checkpoint.special_pieces()
    ids = [*before, *after, tokenizer.pad_token_id or 0, *tokenizer.added_tokens_decoder, len(tokenizer) - 1]
    if max(ids) >= n_embeddings:
        raise ValueError(Errors.B008.format(name=name, vocabulary=max(ids) + 1, embeddings=n_embeddings))


def load_tokenizer(name: str, *, revision: str | None = None) -> PreTrainedTokenizerFast:
    """Load a checkpoint's fast tokenizer alone.

    RAISES (ValueError): Nothing there, or no fast tokenizer.
    """
    with closing(files_of(name, revision)) as files, quiet():
        read_config(files, str(name))  # tells a missing checkpoint from a missing tokenizer
        return read_tokenizer(files, str(name), "tokens")
