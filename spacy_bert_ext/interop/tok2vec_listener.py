"""Encoder → spaCy's own heads: vectors of tokens as the arrays that `tok2vec` layers give."""

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any, TypeAlias

import numpy as np
import torch
from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d
from thinc.util import torch2xp, xp2torch

from ..encoder.output import Encoded
from ..encoder.readings import Texts
from ..errors import Errors
from ..heads.pooling import pool_every_token
from ..runtime.surroundings import in_own_surroundings
from ..sharing.listener import EncoderListener
from ..sharing.trained_with import TrainedWith
from .trained_with import TRAINED_WITH, check, join

Tok2VecModel: TypeAlias = Model[list[Doc], list[Floats2d]]  # Doc → (n_tokens, width)


_NAME = "tok2vec"


def tok2vec(encoder: Model[Texts, Encoded], pooling: str, grad_factor: float) -> Tok2VecModel:
    if isinstance(encoder, EncoderListener):
        encoder.own_encoder_block = with_own_encoder
    elif encoder.name == _NAME:
        # `nlp.replace_listeners(..., ["model.tok2vec.encoder"])` puts the whole block there, see `with_own_encoder`.
        (encoder,) = encoder.layers
    return Model(
        _NAME,
        forward,
        init=init,
        dims={"nO": None},
        attrs={"pooling": pooling, "grad_factor": grad_factor, TRAINED_WITH: TrainedWith()},
        layers=[encoder],
    )


def with_own_encoder(encoder_block: dict[str, Any], listener_block: dict[str, Any]) -> dict[str, Any]:
    """The block of a `tok2vec` that was a listener and has an encoder of its own, for `nlp.replace_listeners`.

    encoder_block (Dict[str, Any]): Of the shared encoder's model.
    listener_block (Dict[str, Any]): What is replaced.
    """
    return {**listener_block, "encoder": encoder_block}


@in_own_surroundings
def forward(
    model: Tok2VecModel, docs: Sequence[Doc], is_train: bool
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], Sequence[Doc]]]:
    encoder = model.layers[0]
    encoded, backprop_encoder = encoder(docs, is_train)
    if model.get_dim("nO") != encoded.width:
        raise ValueError(Errors.B034.format(found=model.get_dim("nO"), width=encoded.width))
    check(model)
    with torch.set_grad_enabled(is_train):
        vectors = torch.cat([pool_every_token(part, model.attrs["pooling"]) for part in encoded.parts()])
    flat: Any = torch2xp(vectors.detach(), ops=model.ops)
    ends = np.cumsum(encoded.pieces.tokens_per_doc).tolist()

    @in_own_surroundings
    def backprop(d_vectors: list[Floats2d]) -> Sequence[Doc]:
        if vectors.requires_grad:
            gradient = torch.cat([xp2torch(of_doc, device=vectors.device) for of_doc in d_vectors])
            # spaCy's heads sum their losses over tokens, ours take means: so all of them weigh alike.
            n_tokens = max(len(vectors), 1)
            vectors.backward(gradient * (model.attrs["grad_factor"] / n_tokens))
            if isinstance(encoder, EncoderListener):
                encoder.linked_encoder.weigh(encoder, n_tokens)
            join(model)
        backprop_encoder(None)
        if isinstance(encoder, EncoderListener):
            encoder.linked_encoder.finish_listeners([encoder])
        return docs

    return [flat[start:end] for start, end in pairwise([0, *ends])], backprop


def init(model: Tok2VecModel, X: object = None, Y: object = None) -> None:
    encoder = model.layers[0]
    encoder.initialize()
    model.set_dim("nO", encoder.get_dim("nO"), force=True)
    join(model)
