"""A classifier of transformers ↔ its encoder and its head."""

import copy
from typing import NamedTuple

import torch
from torch import Tensor, nn
from transformers import PreTrainedModel

from ..arrays.pooling import WINDOW_POOLINGS, pool_window
from ..errors import Errors
from ..files.saved_files import SavedFiles
from .checkpoint import Checkpoint
from .classifiers import Task, classifier_class
from .config import CONFIG_FILE, read_config
from .foreign import first_line
from .head import ClassifierHead, GivenVectors, logits_of
from .probe import FOREIGN_ERRORS, PADDING_PIECES, WINDOW_PIECES, are_same, probe_of

ANSWER_LAYER = "qa_outputs"  # its name in nearly all of transformers' models


class Parts(NamedTuple):
    """A classifier taken apart. Together both parts hold its weights.

    encoder: Runs without its pooler.
    classifier: The rest, for `ClassifierHead`.
    window_pooling: What the head reads of a window: "first" or "mean", see `pool_window`.
    """

    encoder: PreTrainedModel
    classifier: PreTrainedModel
    window_pooling: str


def take_apart(model: PreTrainedModel, task: Task) -> Parts:
    """The encoder and the head of a classifier.

    RAISES (ValueError): Parts that are not put together like BERT's give other logits than the whole.
    """
    try:
        parts = _take_apart(model, task)
    except FOREIGN_ERRORS as error:
        raise ValueError(Errors.B038.format(architecture=type(model).__name__)) from error
    if parts is None:
        raise ValueError(Errors.B038.format(architecture=type(model).__name__))
    return parts


@torch.no_grad()
def _take_apart(model: PreTrainedModel, task: Task) -> Parts | None:
    """The parts, or None if they don't give what the whole gives."""
    model.eval()
    name = model.base_model_prefix
    encoder = getattr(model, name)
    ids, mask = probe_of(model)
    padded_ids, padded_mask = probe_of(model, n_padding=PADDING_PIECES)
    expected = logits_of(model(input_ids=ids, attention_mask=mask))
    vectors = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    encoder.config = copy.deepcopy(model.config)
    setattr(model, name, GivenVectors(encoder))
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    head = ClassifierHead(model)
    # From now on the encoder is run without its pooler, and on windows with padding behind, which must not matter.
    padded = encoder(input_ids=padded_ids, attention_mask=padded_mask).last_hidden_state
    if vectors.shape[2] != head.width or not are_same(padded[:, :WINDOW_PIECES], vectors):
        return None
    for window_pooling in WINDOW_POOLINGS:
        given = pool_window(vectors, mask, window_pooling)[:, None] if task == "text-classification" else vectors
        if are_same(head.logits(given, is_train=False), expected):
            return Parts(encoder, model, window_pooling)
    return None


@torch.no_grad()
def answer_layer(classifier: PreTrainedModel, name: str) -> nn.Linear:
    """The layer of a head that answers questions, from vectors of pieces to two logits each.

    classifier (PreTrainedModel): As `take_apart` gives it.
    name (str): Of the checkpoint, for the error.
    RAISES (ValueError): The head is more than that.
    """
    layer, head = getattr(classifier, ANSWER_LAYER, None), ClassifierHead(classifier)
    vectors = torch.linspace(-1, 1, 4 * head.width).sin().view(1, 4, head.width)
    is_alone = isinstance(layer, nn.Linear) and are_same(layer(vectors), head.logits(vectors, is_train=False))
    if isinstance(layer, nn.Linear) and is_alone:
        return layer
    raise ValueError(Errors.B442.format(name=name, architecture=type(classifier).__name__))


def new_classifier(checkpoint: Checkpoint, task: Task, n_outputs: int) -> tuple[PreTrainedModel, str]:
    """A head with new weights, as transformers would build it on this encoder; a pooler keeps the encoder's weights.

    RETURNS (Tuple[PreTrainedModel, str]): And what it reads of a window, see `Parts`.
    """
    config = copy.deepcopy(checkpoint.module.config)
    kind = classifier_class(config, task)
    try:
        config.num_labels = n_outputs
        config.num_hidden_layers = 1  # of an encoder that is thrown away
        model = kind(config)
    except FOREIGN_ERRORS as error:
        raise ValueError(Errors.B038.format(architecture=kind.__name__)) from error
    _, classifier, window_pooling = take_apart(model, task)
    config.num_hidden_layers = checkpoint.module.config.num_hidden_layers
    given = getattr(classifier, classifier.base_model_prefix)
    pooler = getattr(checkpoint.module, "pooler", None)
    if given.pooler is not None and pooler is not None:
        given.pooler.load_state_dict(pooler.state_dict())
    config.architectures = [type(classifier).__name__]
    return classifier, window_pooling


def read_classifier(files: SavedFiles, weights: dict[str, Tensor], task: Task) -> PreTrainedModel:
    """The head that was saved with these weights and a `config.json`.

    RAISES (ValueError): `config.json` is damaged, or does not fit the weights.
    """
    config = read_config(files, files.name)
    try:
        with torch.device("meta"):
            model = classifier_class(config, task)(config)
            prefix = model.base_model_prefix
            setattr(model, prefix, GivenVectors(getattr(model, prefix)))
        model.load_state_dict(weights, assign=True)
    except FOREIGN_ERRORS as error:
        raise files.error(f"the weights don't fit {CONFIG_FILE}: {first_line(error)}") from error
    return model
