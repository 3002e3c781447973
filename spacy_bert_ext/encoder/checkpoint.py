"""Checkpoint name or folder ↔ config, tokenizer and weights."""

import re
from collections.abc import Iterable
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, get_args

import torch
import transformers
from huggingface_hub.errors import HFValidationError
from safetensors import SafetensorError
from tokenizers import Tokenizer
from tokenizers.models import WordLevel
from torch import nn
from transformers import (
    MODEL_FOR_SEQUENCE_CLASSIFICATION_MAPPING,
    MODEL_FOR_TOKEN_CLASSIFICATION_MAPPING,
    MODEL_MAPPING,
    AutoConfig,
    AutoModel,
    AutoTokenizer,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)
from transformers.utils import logging as transformers_logging

from ..errors import Errors
from ..finite import not_finite
from ..pieces.tokenize import add_prefix_space, has_byte_level_without_prefix_space
from .lora import has_adapters, merged_copy
from .probe import check_vectors

MAX_REASON = 200  # characters of a foreign error that ours quotes

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

_NUMBER = re.compile(r"\d+")

# Of weights of another shape transformers 4 tells in its error, 5 in its report only.
_REPORTS_SHAPES = not transformers.__version__.startswith("4.")

# What transformers and its helpers raise for files that are missing, damaged or of another kind.
_LOADING_ERRORS = (OSError, ValueError, KeyError, TypeError, AttributeError, RuntimeError, ImportError, SafetensorError)


@dataclass
class Checkpoint:
    """An encoder in Hugging Face format.

    module: Maps `input_ids`, `attention_mask` of (n_windows, n_pieces) to vectors of (n_windows, n_pieces, width).
    """

    config: PretrainedConfig
    tokenizer: PreTrainedTokenizerFast
    module: nn.Module

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
        # Of its last step alone, since a copy of the whole vocabulary takes long.
        text, text_id = "text", 2**32 - 1  # no vocabulary is that large
        tokenizer = Tokenizer(WordLevel({text: text_id}))
        tokenizer.post_processor = self.tokenizer.backend_tokenizer.post_processor
        ids = tokenizer.encode(text).ids
        place = ids.index(text_id)
        return ids[:place], ids[place + 1 :]

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

    pieces_from (str): With "tokens", byte-level BPE is told that a space comes before each word.
    RAISES (ValueError): Nothing there, no tokenizer, no safetensors weights, weights that don't fit; vectors that are
        not those of pieces alone, see `check_vectors`.
    """
    source, options = _source(name, revision)
    with _quiet():
        config = _load_config(source, options)
        tokenizer = _load_tokenizer(source, options, pieces_from)
        module = _load_module(source, config, options, _model_class(config))
    _check(source, module, tokenizer)
    check_vectors(source, module)
    return Checkpoint(module.config, tokenizer, module)


def load_classifier(
    name: str, *, revision: str | None = None, pieces_from: PiecesFrom | None = None
) -> tuple[PreTrainedModel, PreTrainedTokenizerFast, Task]:
    """Load a fine-tuned checkpoint whole: encoder, head and labels.

    pieces_from (str): As in `load_checkpoint`; None for what the task is usually fine-tuned with.
    RAISES (ValueError): As `load_checkpoint`; and if the checkpoint has no head that classifies tokens or texts.
    """
    source, options = _source(name, revision)
    with _quiet():
        config = _load_config(source, options)
        architecture = (config.architectures or [config.model_type])[0]
        task = next((task for ending, task in _ENDINGS.items() if architecture.endswith(ending)), None)
        if task is None:
            raise ValueError(Errors.B036.format(name=source, architecture=architecture))
        tokenizer = _load_tokenizer(source, options, pieces_from or PIECES_OF_CLASSIFIERS[task])
        model = _load_module(source, config, options, classifier_class(config, task))
    _check(source, model, tokenizer)
    return model, tokenizer, task


def classifier_class(config: PretrainedConfig, task: Task) -> type[PreTrainedModel]:
    """The class that classifies with this kind of encoder.

    RAISES (ValueError): There is none.
    """
    chosen = _CLASSIFIERS[task].get(type(config), None)
    if not isinstance(chosen, type):
        raise ValueError(Errors.B037.format(model_type=config.model_type, task=task))
    return chosen


def _check(source: str, module: PreTrainedModel, tokenizer: PreTrainedTokenizerFast) -> None:
    # Where a checkpoint came from is nobody's business after it is saved.
    module.config.name_or_path = tokenizer.name_or_path = ""
    tokenizer.init_kwargs.pop("name_or_path", None)
    embeddings = _n_embeddings(source, module)
    if len(tokenizer) > embeddings:
        raise ValueError(Errors.B008.format(name=source, vocabulary=len(tokenizer), embeddings=embeddings))


def load_tokenizer(name: str, *, revision: str | None = None) -> PreTrainedTokenizerFast:
    """Load a checkpoint's fast tokenizer alone.

    RAISES (ValueError): Nothing there, or no fast tokenizer.
    """
    source, options = _source(name, revision)
    with _quiet():
        _load_config(source, options)  # tells a missing checkpoint from a missing tokenizer
        return _load_tokenizer(source, options, "tokens")


def _source(name: str, revision: str | None) -> tuple[str, dict]:
    """The folder or hub name, and the options of `from_pretrained`."""
    source = str(name)
    is_folder = Path(source).is_dir()
    if is_folder and not (Path(source) / "config.json").exists():
        raise ValueError(Errors.B001.format(name=source, reason="the folder has no config.json"))
    if not is_folder and (Path(source).is_absolute() or source.startswith(".") or source.count("/") > 1):
        raise ValueError(Errors.B001.format(name=source, reason="there is no such folder"))
    return source, {"revision": revision or "main", "local_files_only": is_folder, "trust_remote_code": False}


def _load_config(name: str, options: dict) -> PretrainedConfig:
    try:
        config = AutoConfig.from_pretrained(name, **options)
    except _LOADING_ERRORS as error:
        if "trust_remote_code" in str(error):
            raise ValueError(Errors.B007.format(name=name)) from error
        raise ValueError(Errors.B001.format(name=name, reason=_first_line(error))) from error
    if config.is_encoder_decoder:
        reason = "it is an encoder with a decoder"
        raise ValueError(Errors.B009.format(name=name, model_type=config.model_type, reason=reason))
    return config


def _load_tokenizer(name: str, options: dict, pieces_from: PiecesFrom) -> PreTrainedTokenizerFast:
    try:
        tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True, **options)
        if not tokenizer.is_fast:
            raise ValueError(Errors.B004.format(name=name, reason=f"{type(tokenizer).__name__} is a slow one"))
        # transformers 5 makes one of nothing where there are no files.
        if tokenizer.backend_tokenizer.get_vocab_size() <= len(tokenizer.all_special_ids):
            raise ValueError(Errors.B004.format(name=name, reason="it has no vocabulary"))
        if pieces_from == "tokens" and has_byte_level_without_prefix_space(tokenizer.backend_tokenizer):
            tokenizer = AutoTokenizer.from_pretrained(name, use_fast=True, add_prefix_space=True, **options)
            # transformers 5 ignores the wish where a tokenizer has no class of its own, such as ModernBERT's.
            add_prefix_space(tokenizer.backend_tokenizer)
    except _LOADING_ERRORS as error:
        if "[B004]" in str(error):
            raise
        raise ValueError(Errors.B004.format(name=name, reason=_first_line(error))) from error
    return tokenizer


def _load_module(name: str, config: PretrainedConfig, options: dict, kind: type) -> PreTrainedModel:
    if hasattr(config, "reference_compile"):
        config.reference_compile = False  # ModernBERT would compile anew for every shape of batch
    if Path(name).is_dir() and not any(Path(name).glob("*.safetensors")):
        raise ValueError(Errors.B002.format(name=name))
    try:
        module, report = kind.from_pretrained(
            name,
            config=config,
            use_safetensors=True,
            torch_dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=_REPORTS_SHAPES,
            **options,
        )
    except _LOADING_ERRORS as error:
        reason = _first_line(error)
        if isinstance(error, OSError) and "safetensors" in str(error) and not Path(name).is_dir():
            raise ValueError(Errors.B002.format(name=name)) from error
        if isinstance(error, HFValidationError) or (isinstance(error, OSError) and not Path(name).is_dir()):
            raise ValueError(Errors.B001.format(name=name, reason=reason)) from error
        if "Unrecognized configuration class" in str(error):
            raise ValueError(Errors.B009.format(name=name, model_type=config.model_type, reason=reason)) from error
        architecture = ", ".join(config.architectures or [config.model_type])
        raise ValueError(Errors.B005.format(name=name, architecture=architecture, reason=reason)) from error
    missing = [key for key in report["missing_keys"] if not key.startswith("pooler.")]
    mismatched = [
        f"{key} {tuple(found)} instead of {tuple(wanted)}" for key, found, wanted in sorted(report["mismatched_keys"])
    ]
    if missing or mismatched:
        reason = f"missing {', '.join(missing[:3]) or 'none'}; of another shape {', '.join(mismatched[:3]) or 'none'}"
        raise ValueError(Errors.B005.format(name=name, architecture=type(module).__name__, reason=reason))
    damaged = not_finite(module)
    if damaged:
        reason = f"{', '.join(damaged[:3])} hold nan or infinite numbers ({len(damaged)} weights do)"
        raise ValueError(Errors.B005.format(name=name, architecture=type(module).__name__, reason=reason))
    surplus = _surplus_layers(module, report["unexpected_keys"])
    if surplus:
        reason = (
            f"config.json has no place for {', '.join(surplus[:3])} ({len(surplus)} in all), and its number of "
            "layers must be that of the weights"
        )
        raise ValueError(Errors.B005.format(name=name, architecture=type(module).__name__, reason=reason))
    if any(key.startswith("pooler.") for key in report["missing_keys"]):
        module.pooler = None  # else it would be saved with random weights
    return module


def _surplus_layers(module: PreTrainedModel, unexpected: Iterable[str]) -> list[str]:
    """Names of weights that differ from those of the encoder in a number only: of layers that it does not have.

    Other weights that it does not have are those of heads that the checkpoint was trained with, and may be left out.
    """
    prefix = f"{module.base_model_prefix}."
    expected = {_NUMBER.sub("#", name) for name in module.base_model.state_dict()}
    return sorted(name for name in unexpected if _NUMBER.sub("#", name.removeprefix(prefix)) in expected)


def _model_class(config: PretrainedConfig) -> type[PreTrainedModel] | type[AutoModel]:
    """The class that AutoModel would choose, or AutoModel itself where the choice is not plain.

    To choose, AutoModel imports the modules of all architectures that there are: two thirds of its time.
    """
    chosen = MODEL_MAPPING.get(type(config), None)
    is_plain = isinstance(chosen, type) and chosen.config_class is type(config)
    return chosen if is_plain else AutoModel


def _n_embeddings(name: str, module: nn.Module) -> int:
    """How many pieces the encoder has vectors for."""
    try:
        return int(module.get_input_embeddings().num_embeddings)
    except (NotImplementedError, AttributeError) as error:
        reason = f"{type(module).__name__} has no vectors of pieces"
        raise ValueError(Errors.B009.format(name=name, model_type=module.config.model_type, reason=reason)) from error


def _first_line(error: BaseException) -> str:
    # KeyError and friends quote their text.
    text = str(error.args[0]) if len(error.args) == 1 else str(error)
    lines = (text.strip() or type(error).__name__).split("\n")
    # torch's "Error(s) in loading state_dict:" says what is wrong in the next one.
    line = " ".join(line.strip() for line in lines[: 1 + lines[0].endswith(":")]).rstrip(".")
    return line if len(line) <= MAX_REASON else line[:MAX_REASON] + "..."


@contextmanager
def _quiet():
    """Keep transformers from warning of unused task heads, and from its progress bars: what matters is raised."""
    before = transformers_logging.get_verbosity()
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.set_verbosity_error()
    transformers_logging.disable_progress_bar()
    try:
        yield
    finally:
        transformers_logging.set_verbosity(before)
        if bars:
            transformers_logging.enable_progress_bar()
