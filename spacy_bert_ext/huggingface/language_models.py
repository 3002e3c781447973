"""Language models: an encoder with a head that predicts masked pieces, taken apart and put together.

The head is transformers' own for the architecture. Its last layer, the projection to the vocabulary, has the weight of
the encoder's piece embedding in nearly all of them: that weight stays the encoder's.
"""

import copy
from collections.abc import Mapping
from contextlib import closing
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import MODEL_FOR_NEXT_SENTENCE_PREDICTION_MAPPING, PreTrainedModel

from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..kernels.replacing import places_of_layers
from ..runtime.surroundings import in_own_surroundings
from .checkpoint import Checkpoint
from .classifiers import Task, classifier_class
from .config import CONFIG_FILE, read_config
from .foreign import first_line, quiet
from .head import GivenVectors
from .module import read_module_with_head, start_reading
from .parts import take_apart
from .probe import FOREIGN_ERRORS
from .source import files_of

_MASKED: Task = "fill-mask"
_WITH_NEXT_SENTENCES: Task = "pre-training"
_NEXT_SENTENCE_LAYER = "seq_relationship"  # its name in all of transformers' models that have one


class TiedProjection(nn.Module):
    """The projection to the vocabulary, without its weight, which is that of the encoder's piece embedding.

    bias: (n_vocabulary,), or None.
    """

    bias: nn.Parameter | None

    def __init__(self, bias: nn.Parameter | None) -> None:
        super().__init__()
        self.register_parameter("bias", bias)
        self._weight: tuple[Tensor, ...] = ()  # in a tuple, so that it is not counted among the head's weights

    def use(self, weight: Tensor) -> None:
        self._weight = (weight,)

    def forward(self, vectors: Tensor) -> Tensor:
        """Logits of vectors (..., width): (..., n_vocabulary)."""
        (weight,) = self._weight
        return functional.linear(vectors, weight, self.bias)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_weight": ()}


@in_own_surroundings
def load_language_model(
    name: str, revision: str | None = None, *, next_sentence: bool = False
) -> PreTrainedModel | None:
    """The language-model head of a checkpoint, its projection untied; None if it has none of its own.

    next_sentence (bool): Whether it has a next-sentence head, too.
    RAISES (ValueError): As `load_checkpoint`; or the architecture has no such heads.
    """
    with closing(files_of(name, revision)) as files, quiet():
        config = read_config(files, name)
        kind = classifier_class(config, _task(next_sentence))
        model = read_module_with_head(name, config, start_reading(files, name), kind)
    return None if model is None else _head_of(model)


def new_language_model(checkpoint: Checkpoint, *, next_sentence: bool = False) -> PreTrainedModel:
    """A head with new weights, as transformers would build it on this encoder, its projection untied. A pooler keeps
    the encoder's weights.

    RAISES (ValueError): The architecture has none.
    """
    config = copy.deepcopy(checkpoint.module.config)
    kind = classifier_class(config, _task(next_sentence))
    try:
        config.num_hidden_layers = 1  # of an encoder that is thrown away
        model = kind(config)
    except FOREIGN_ERRORS as error:
        raise ValueError(Errors.B038.format(architecture=kind.__name__)) from error
    head = _head_of(model)
    head.config.num_hidden_layers = checkpoint.module.config.num_hidden_layers
    given = getattr(head, head.base_model_prefix)
    pooler = getattr(checkpoint.module, "pooler", None)
    if given.pooler is not None and pooler is not None:
        given.pooler.load_state_dict(pooler.state_dict())
    return head


def check_next_sentences(checkpoint: Checkpoint, name: str) -> None:
    """RAISES (ValueError): Its architecture was not made to tell whether one sentence follows another."""
    if type(checkpoint.config) not in MODEL_FOR_NEXT_SENTENCE_PREDICTION_MAPPING:
        reason = f"transformers has no next-sentence head for {checkpoint.config.model_type!r}"
    elif not checkpoint.has_token_types:
        reason = "it knows no token types, which tell two segments of a window apart"
    else:
        return
    raise ValueError(Errors.B406.format(name=name, reason=reason))


def read_language_model(files: SavedFiles, weights: dict[str, Tensor]) -> PreTrainedModel:
    """The head that was saved with these weights and a `config.json`.

    RAISES (ValueError): `config.json` is damaged, or does not fit the weights.
    """
    config = read_config(files, files.name)
    try:
        with torch.device("meta"):
            next_sentence = any(_NEXT_SENTENCE_LAYER in weight for weight in weights)
            model = classifier_class(config, _task(next_sentence))(config)
            projection = _tied_projection(model)
            prefix = model.base_model_prefix
            setattr(model, prefix, GivenVectors(getattr(model, prefix)))
            _untie(model, projection)
        first = first_names(model)
        model.load_state_dict({name: weights[first.get(name, name)] for name in model.state_dict()}, assign=True)
        _tie_again(model, first)
    except FOREIGN_ERRORS as error:
        raise files.error(f"the weights don't fit {CONFIG_FILE}: {first_line(error)}") from error
    return model


def assemble_language_model(head: PreTrainedModel, encoder: PreTrainedModel, name: str) -> PreTrainedModel:
    """Encoder and head put together as transformers has them, in fp32 on the CPU.

    encoder (PreTrainedModel): As it is saved, see `Checkpoint.plain_module`.
    name (str): Of the head's component, for the error.
    RAISES (ValueError): They don't fit together.
    """
    prefix = head.base_model_prefix
    weights = {f"{prefix}.{key}": weight for key, weight in encoder.state_dict().items()}
    projection = projection_of(head)
    if projection is not None:
        path = next(path for path, part in head.named_modules() if part is projection)
        weights[f"{path}.weight"] = encoder.get_input_embeddings().get_parameter("weight")
    weights.update(head.state_dict())
    config, kind = copy.deepcopy(head.config), type(head)
    on_host = {key: weight.detach().cpu() for key, weight in weights.items()}
    with quiet():
        model, report = kind.from_pretrained(
            None, config=config, state_dict=on_host, torch_dtype=torch.float32, output_loading_info=True
        )
    if report["missing_keys"]:
        raise ValueError(Errors.B046.format(name=name, architecture=kind.__name__))
    config.architectures = [kind.__name__]
    assembled: PreTrainedModel = model.eval()
    return assembled


def projection_of(head: PreTrainedModel) -> TiedProjection | None:
    """None if the architecture's projection has a weight of its own."""
    return next((part for part in head.modules() if isinstance(part, TiedProjection)), None)


def first_names(model: nn.Module) -> dict[str, str]:
    """Of weights that a model has by several names: each further name, and the first one."""
    names: dict[int, str] = {}
    found = {}
    for name, weight in model.named_parameters(remove_duplicate=False):
        first = names.setdefault(id(weight), name)
        if first != name:
            found[name] = first
    return found


def _task(next_sentence: bool) -> Task:
    return _WITH_NEXT_SENTENCES if next_sentence else _MASKED


def _head_of(model: PreTrainedModel) -> PreTrainedModel:
    projection = _tied_projection(model)
    head = take_apart(model, _MASKED).classifier
    _untie(head, projection)
    return head


def _tied_projection(model: PreTrainedModel) -> nn.Linear | None:
    """The layer whose weight is that of the piece embedding."""
    projection: Any = model.get_output_embeddings()
    is_tied = isinstance(projection, nn.Linear) and projection.weight is model.get_input_embeddings().weight
    return projection if is_tied else None


def _untie(model: PreTrainedModel, projection: nn.Linear | None) -> None:
    """Put a `TiedProjection` in the place of the projection, unless that has a weight of its own."""
    if projection is None:
        return
    for parent, name, child in places_of_layers(model):
        if child is projection:
            setattr(parent, name, TiedProjection(projection.bias))


def _tie_again(model: nn.Module, first: Mapping[str, str]) -> None:
    """Make one weight of those that have several names, see `first_names`."""
    for name, first_name in first.items():
        parent, _, child = name.rpartition(".")
        setattr(model.get_submodule(parent), child, model.get_parameter(first_name))
