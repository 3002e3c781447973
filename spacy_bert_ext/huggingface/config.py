"""config.json → transformers' config, of which nothing names another place or changes what our code relies on."""

import inspect
import re
from collections.abc import Mapping
from typing import Any

from torch import Tensor
from transformers import CONFIG_MAPPING, PretrainedConfig
from transformers.activations import ACT2FN

from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..files.weights_file import Entry
from .foreign import LOADING_ERRORS, first_line

CONFIG_FILE = "config.json"

# Ways to other files, repositories and libraries, or to run code: nothing of it is followed.
_WAYS_OUT = frozenset(
    {
        *("_name_or_path", "name_or_path", "_commit_hash", "auto_map", "custom_pipelines", "transformers_weights"),
        *("adapters", "adapter_config", "base_model_name_or_path", "generation_config"),
        *("quantization_config", "compression_config", "fusion_config", "distributed_config"),
        *("attn_implementation", "_attn_implementation", "_attn_implementation_internal"),
        *("_attn_implementation_autoset", "experts_implementation", "_experts_implementation"),
        *("use_kernels", "kernel_config", "kernels", "tp_plan", "base_model_tp_plan", "device_map"),
    }
)
# What our code relies on, or sets itself.
_SET_BY_US = frozenset(
    {
        *("return_dict", "use_return_dict", "torchscript", "chunk_size_feed_forward", "torch_dtype", "dtype"),
        *("output_attentions", "output_hidden_states", "gradient_checkpointing", "reference_compile"),
    }
)

_SIZE = re.compile(r"(^|_)(size|dim|layers|heads|embeddings|positions|labels|groups)$|^(num|n|max|vocab)_")
# Positions that are computed, not learned, may be more than any weight has rows.
_MOST_OF_ANY = 1_000_000
_MOST_LAYERS = 500
# Each is the length of a weight. Where a small one isn't, that is found when the weights are loaded.
_LENGTHS = ("hidden_size", "intermediate_size", "vocab_size", "embedding_size", "type_vocab_size")
_SMALL = 1024
_ACTIVATIONS = ("hidden_act", "hidden_activation", "activation")
_POSITIVE = ("hidden_size", "intermediate_size", "num_attention_heads", "vocab_size")


def read_config(files: SavedFiles, name: str) -> PretrainedConfig:
    """RAISES (ValueError): The file is damaged, wants to run code, or is of no type that transformers knows."""
    table = clean(files.read_json(CONFIG_FILE))
    model_type = table.pop("model_type", None)
    if not isinstance(model_type, str) or model_type not in CONFIG_MAPPING:
        if wants_code(files):
            raise ValueError(Errors.B007.format(name=name))
        raise files.error(f"transformers knows no `model_type` {model_type!r}, which {CONFIG_FILE} names")
    check_numbers(files, table)
    kind = CONFIG_MAPPING[model_type]
    check_types(files, table, kind)
    try:
        config = kind.from_dict(table)
    except LOADING_ERRORS as error:
        raise files.error(f"no model can be made of {CONFIG_FILE}: {first_line(error)}") from error
    _check_bounds(files, config)
    if config.is_encoder_decoder:
        reason = "it is an encoder with a decoder"
        raise ValueError(Errors.B009.format(name=name, model_type=model_type, reason=reason))
    if hasattr(config, "reference_compile"):
        config.reference_compile = False  # ModernBERT would compile anew for every shape of batch
    return config


def _check_bounds(files: SavedFiles, config: PretrainedConfig) -> None:
    n_layers = getattr(config, "num_hidden_layers", 0)
    if not isinstance(n_layers, int) or not 0 <= n_layers <= _MOST_LAYERS:
        reason = f"is beyond what there are, 0 to {_MOST_LAYERS}"
        raise ValueError(Errors.B172.format(name=files.name, key="num_hidden_layers", value=n_layers, reason=reason))
    for key in _POSITIVE:
        size = getattr(config, key, 1)
        if isinstance(size, int) and size < 1:
            raise ValueError(Errors.B172.format(name=files.name, key=key, value=size, reason="is below 1"))
    for key in _ACTIVATIONS:
        function = getattr(config, key, None)
        if isinstance(function, str) and function not in ACT2FN:
            reason = "is no activation function of transformers"
            raise ValueError(Errors.B172.format(name=files.name, key=key, value=function, reason=reason))


def clean(table: Mapping[str, object]) -> dict[str, Any]:
    """A config without ways out; those of parts of it, too."""
    return {
        key: clean(value) if isinstance(value, Mapping) else value
        for key, value in table.items()
        if key not in _WAYS_OUT and key not in _SET_BY_US
    }


def wants_code(files: SavedFiles) -> bool:
    return "auto_map" in files.read_json(CONFIG_FILE)


def check_numbers(files: SavedFiles, table: Mapping[str, object]) -> None:
    """RAISES (ValueError): A size beyond all bounds, of which it would take long to make as much as an empty model."""
    for key, value in table.items():
        if _SIZE.search(key) and isinstance(value, int) and abs(value) > _MOST_OF_ANY:
            raise ValueError(Errors.B172.format(name=files.name, key=key, value=value, reason="is beyond all bounds"))


def check_types(files: SavedFiles, table: Mapping[str, object], kind: type[PretrainedConfig]) -> None:
    """RAISES (ValueError): A setting of another type than its default: some are used as they are, when texts come."""
    for key, default in kind().to_dict().items():
        if default is None or key not in table:
            continue
        value = table[key]
        allowed: Any = type(default)
        if isinstance(default, int | float) and not isinstance(default, bool):
            allowed = int | float if isinstance(default, float) else int | float | None
        elif isinstance(default, tuple):
            allowed = list  # JSON has no tuples
        values = value if isinstance(value, list) and allowed is not list and _takes_lists(kind, key) else [value]
        if any(not isinstance(one, allowed) or isinstance(one, bool) != isinstance(default, bool) for one in values):
            reason = f"is no {getattr(allowed, '__name__', 'number')}"
            raise ValueError(Errors.B172.format(name=files.name, key=key, value=repr(value)[:80], reason=reason))


def _takes_lists(kind: type[PretrainedConfig], key: str) -> bool:
    """Whether a setting may be a list with a value for each layer, such as Longformer's `attention_window`."""
    parameter = inspect.signature(kind.__init__).parameters.get(key)
    return parameter is not None and "list" in str(parameter.annotation).lower()


def check_sizes(name: str, config: PretrainedConfig, entries: Mapping[str, Entry | Tensor]) -> None:
    """Before memory is taken.

    RAISES (ValueError): The config asks for more than there is in the weights.
    """
    lengths = {length for entry in entries.values() for length in entry.shape}
    learns_positions = any("position_embeddings" in key for key in entries)
    for key in (*_LENGTHS, *(["max_position_embeddings"] if learns_positions else [])):
        size = getattr(config, key, None)
        if isinstance(size, int) and size > _SMALL and size not in lengths:
            reason = "but no weight in the file has that length"
            raise ValueError(Errors.B172.format(name=name, key=key, value=size, reason=reason))
