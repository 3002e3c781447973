"""A head's link to the shared encoder: one encoder pass for all heads."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeAlias

import torch
from spacy.tokens import Doc
from thinc.api import Model

from ..encoder.model import EncoderModel
from ..encoder.output import Encoded
from ..encoder.readings import Texts
from ..encoder.shim import EncoderShim
from ..errors import Errors
from ..runtime.threads import Threads

if TYPE_CHECKING:
    from .shared_encoder import SharedEncoder

# A layer that listens, ours or a foreign one. One that was linked has `encoder`, a `SharedEncoder`, and `head_name`.
Listener: TypeAlias = Any
# The block of an encoder, and that of the layer with the listener, to that of the layer with an encoder of its own.
OwnEncoderBlock = Callable[[dict[str, Any], dict[str, Any]], dict[str, Any]]


class EncoderListener(Model[Texts, Encoded]):
    """Vectors of the shared encoder, wherever they come from.

    While training they are those of the encoder's own update, so that gradients reach it. In prediction they are those
    that the encoder has just made for these Docs. In every other case (the encoder is frozen or disabled, or did not
    see the Docs) the listener has the encoder make them: a head never computes from nothing.

    upstream (str): Name of the encoder component, or "*" for any.
    own_encoder_block: Of a listener within a `tok2vec` layer, in one of spaCy's heads: how that layer's block changes
        when `nlp.replace_listeners` gives it an encoder of its own.
    reads_docs (bool): Whether it asks for vectors of the Docs as they are. If no listener does, they are not encoded.
    """

    own_encoder_block: OwnEncoderBlock | None = None

    def __init__(self, upstream: str) -> None:
        super().__init__("encoder_listener", forward, init=init, dims={"nO": None})
        self.upstream = upstream
        self.reads_docs = True
        # Set when it is linked, see `Links`.
        self.encoder: SharedEncoder | None = None
        self.head_name = ""

    @property
    def is_in_tok2vec(self) -> bool:
        return self.own_encoder_block is not None

    @property
    def linked_encoder(self) -> "SharedEncoder":
        if self.encoder is None:
            if not self.head_name:  # one of spaCy's, which was never linked
                raise ValueError(Errors.B050.format(upstream=self.upstream))
            raise ValueError(Errors.B020.format(name=self.head_name, upstream=self.upstream))
        return self.encoder


def model_of(encoder: Model[Any, Any]) -> EncoderModel:
    """The model behind a head's `encoder`: that of the shared encoder if it is a listener, else itself."""
    return encoder.linked_encoder.model if isinstance(encoder, EncoderListener) else encoder


def threads_of(encoder: Model[Any, Any]) -> Threads | None:
    """The setting `threads` of the encoder behind a head's `encoder`; None of one that is not ours, or not linked."""
    shim = _shim_behind(encoder)
    return None if shim is None else shim.settings.threads


def encoder_device(model: Model[Any, Any]) -> torch.device:
    """Where the vectors are made that a component's model makes, or takes from a shared encoder."""
    shims = (_shim_behind(node) for node in model.walk())
    return next((shim.device for shim in shims if shim is not None), torch.device("cpu"))


def _shim_behind(node: Model[Any, Any]) -> EncoderShim | None:
    if isinstance(node, EncoderListener):
        return None if node.encoder is None else node.encoder.shim
    shim = node.shims[0] if node.shims else None
    return shim if isinstance(shim, EncoderShim) else None


def forward(model: EncoderListener, texts: Texts, is_train: bool) -> tuple[Encoded, Callable[[object], list[Doc]]]:
    encoded = model.linked_encoder.vectors_for(texts, model, is_train=is_train)
    # The encoder sends on what all heads have left with the vectors when the last of them is done.
    return encoded, lambda _=None: []


def init(model: EncoderListener, X: object = None, Y: object = None) -> None:
    model.linked_encoder.ensure_weights()  # it is not initialized itself if it is frozen, or disabled
    model.set_dim("nO", model.linked_encoder.model.get_dim("nO"), force=True)
