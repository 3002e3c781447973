"""Gradients of an encoder's weights."""

import torch
from spacy.tokens import Doc
from torch import Tensor

from spacy_bert_ext.encoder.model import (
    EncoderModel,
)
from spacy_bert_ext.encoder.output import EncodedDocs
from tests.tiny import WIDTH


def loss_of(encoded: EncodedDocs) -> Tensor:
    weights = torch.linspace(-1, 1, WIDTH)
    return (encoded.piece_vectors * weights).pow(2).sum() + (encoded.window_vectors * weights).sum()


def gradients(model: EncoderModel, docs: list[Doc]) -> dict[str, Tensor]:
    encoded, backprop = model.begin_update(docs)
    loss_of(encoded).backward()
    backprop(None)
    named = dict(model.shims[0].module.named_parameters())
    found = {name: weight.grad for name, weight in named.items() if weight.grad is not None}
    for weight in named.values():
        weight.grad = None
    return found


def trainable(model: EncoderModel) -> dict[str, Tensor]:
    return dict(model.shims[0].trainable_parameters())
