"""A checkpoint's weights → transformers' module for them."""

import re
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import Future
from typing import Any

import torch
import transformers
from torch import Tensor, nn
from transformers import MODEL_MAPPING, PretrainedConfig, PreTrainedModel

from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..files.weights_file import UnreadableWeights
from ..runtime.finite import not_finite
from .config import check_sizes
from .foreign import LOADING_ERRORS, first_line

WEIGHTS_FILE, INDEX_FILE = "model.safetensors", "model.safetensors.index.json"
_NUMBER = re.compile(r"\d+")

# Of weights of another shape transformers 4 tells in its error, 5 in its report only.
_REPORTS_SHAPES = not transformers.__version__.startswith("4.")


def has_weights_files(files: SavedFiles) -> bool:
    return files.has(WEIGHTS_FILE) or files.has(INDEX_FILE)


def start_reading(files: SavedFiles, name: str) -> list["Future[dict[str, Tensor]]"]:
    """Begin to read the weights, which may be in several files.

    RAISES (ValueError): There are none in safetensors format, or the index names another file than one beside it.
    """
    if files.has(WEIGHTS_FILE):
        return [files.start_reading_weights(WEIGHTS_FILE)]
    if not files.has(INDEX_FILE):
        raise ValueError(Errors.B002.format(name=name))
    index = files.read_json(INDEX_FILE).get("weight_map")
    parts = sorted(set(index.values())) if isinstance(index, dict) and all(map(_is_text, index.values())) else []
    for part in parts:
        if part not in files.names() or not part.endswith(".safetensors"):
            raise files.error(f"{INDEX_FILE} names {part!r}, which is no safetensors file in the same folder")
    if not parts:
        raise files.error(f"{INDEX_FILE} names no files")
    return [files.start_reading_weights(part) for part in parts]


def read_module(
    name: str, config: PretrainedConfig, reading: Iterable["Future[dict[str, Tensor]]"], kind: type[PreTrainedModel]
) -> PreTrainedModel:
    """A module in fp32 with the weights that are being read.

    RAISES (ValueError): Weights are damaged, missing, or don't fit the config.
    """
    module, report = _load_module(name, config, reading, kind)
    _check_report(name, module, report, lacking=_lacking(module, report))
    return _checked_module(name, module, report)


def read_module_with_head(
    name: str, config: PretrainedConfig, reading: Iterable["Future[dict[str, Tensor]]"], kind: type[PreTrainedModel]
) -> PreTrainedModel | None:
    """The same, of an encoder with a head. None if the weights are those of the encoder alone, or if some of the head's
    are missing.
    """
    module, report = _load_module(name, config, reading, kind)
    lacking = _lacking(module, report)
    of_encoder = [key for key in lacking if key.startswith(f"{module.base_model_prefix}.")]
    _check_report(name, module, report, lacking=of_encoder)
    return _checked_module(name, module, report) if lacking == of_encoder else None


def _load_module(
    name: str, config: PretrainedConfig, reading: Iterable["Future[dict[str, Tensor]]"], kind: type[PreTrainedModel]
) -> tuple[PreTrainedModel, Mapping[str, list[Any]]]:
    """A module, and transformers' report of weights that are missing, too many, or of another shape.

    transformers is given nothing but config and weights: it opens no file.
    """
    architecture = kind.__name__
    try:
        weights = {key: weight for part in reading for key, weight in part.result().items()}
    except (UnreadableWeights, OSError, MemoryError) as error:
        raise ValueError(Errors.B005.format(name=name, architecture=architecture, reason=first_line(error))) from error
    check_sizes(name, config, weights)
    try:
        module: PreTrainedModel
        module, report = kind.from_pretrained(
            None,
            config=config,
            state_dict={
                key: weight.float() if weight.is_floating_point() else weight for key, weight in weights.items()
            },
            torch_dtype=torch.float32,
            output_loading_info=True,
            ignore_mismatched_sizes=_REPORTS_SHAPES,
        )
    except LOADING_ERRORS as error:
        raise ValueError(Errors.B005.format(name=name, architecture=architecture, reason=first_line(error))) from error
    return module, report


def _checked_module(name: str, module: PreTrainedModel, report: Mapping[str, list[Any]]) -> PreTrainedModel:
    architecture = type(module).__name__
    damaged = not_finite(module)
    if damaged:
        reason = f"{', '.join(damaged[:3])} hold nan or infinite numbers ({len(damaged)} weights do)"
        raise ValueError(Errors.B005.format(name=name, architecture=architecture, reason=reason))
    if any(_is_of_pooler(module, key) for key in report["missing_keys"]):
        module.register_module("pooler", None)  # else it would be saved with random weights
    module.config.name_or_path = ""  # where a checkpoint came from is nobody's business after it is saved
    return module


def _lacking(module: PreTrainedModel, report: Mapping[str, list[Any]]) -> list[str]:
    """Names of weights that are missing; a pooler's may be."""
    return [key for key in report["missing_keys"] if not _is_of_pooler(module, key)]


def _check_report(
    name: str, module: PreTrainedModel, report: Mapping[str, list[Any]], *, lacking: Sequence[str]
) -> None:
    mismatched = [
        f"{key} {tuple(found)} instead of {tuple(wanted)}" for key, found, wanted in sorted(report["mismatched_keys"])
    ]
    reason = ""
    if lacking or mismatched:
        reason = f"missing {', '.join(lacking[:3]) or 'none'}; of another shape {', '.join(mismatched[:3]) or 'none'}"
    elif surplus := _surplus_layers(module, report["unexpected_keys"]):
        reason = (
            f"config.json has no place for {', '.join(surplus[:3])} ({len(surplus)} in all), and its number of "
            "layers must be that of the weights"
        )
    if reason:
        raise ValueError(Errors.B005.format(name=name, architecture=type(module).__name__, reason=reason))


def _is_of_pooler(module: PreTrainedModel, key: str) -> bool:
    # Older versions of transformers put the prefix before names of the encoder's own weights, too.
    return key.removeprefix(f"{module.base_model_prefix}.").startswith("pooler.")


def _surplus_layers(module: PreTrainedModel, unexpected: Iterable[str]) -> list[str]:
    """Names of weights that differ from those of the encoder in a number only: of layers that it does not have.

    Other weights that it does not have are those of heads that the checkpoint was trained with, and may be left out.
    """
    prefix = f"{module.base_model_prefix}."
    expected = {_NUMBER.sub("#", name) for name in module.base_model.state_dict()}
    return sorted(name for name in unexpected if _NUMBER.sub("#", name.removeprefix(prefix)) in expected)


def model_class(config: PretrainedConfig, name: str) -> type[PreTrainedModel]:
    """The class that AutoModel would choose.

    AutoModel itself would import the modules of all architectures that there are: two thirds of its time.

    RAISES (ValueError): There is none.
    """
    chosen: Any = MODEL_MAPPING.get(type(config), None)
    if isinstance(chosen, tuple | list):
        named = [kind for kind in chosen if kind is not None and kind.__name__ in (config.architectures or ())]
        chosen = named[0] if named else chosen[0]
    if not isinstance(chosen, type) or not issubclass(chosen, PreTrainedModel):
        reason = "transformers has no encoder of this type"
        raise ValueError(Errors.B009.format(name=name, model_type=config.model_type, reason=reason))
    return chosen


def input_embeddings_of(module: nn.Module) -> Any:
    """The layer that has the pieces' vectors, as every encoder of transformers has one."""
    encoder: Any = module
    return encoder.get_input_embeddings()


def count_embeddings(name: str, module: PreTrainedModel) -> int:
    """How many pieces the encoder has vectors for."""
    try:
        embeddings: Any = module.get_input_embeddings()
        return int(embeddings.num_embeddings)
    except (NotImplementedError, AttributeError) as error:
        reason = f"{type(module).__name__} has no vectors of pieces"
        raise ValueError(Errors.B009.format(name=name, model_type=module.config.model_type, reason=reason)) from error


def _is_text(value: object) -> bool:
    return isinstance(value, str)
