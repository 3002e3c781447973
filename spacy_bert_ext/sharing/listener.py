"""A head's link to the shared encoder: one encoder pass for all heads."""

from collections.abc import Callable, Iterable, Sequence
from typing import Protocol

from spacy.tokens import Doc
from thinc.api import Model

from ..encoder.model import EncoderModel
from ..encoder.output import Encoded
from ..errors import Errors


class SharedEncoder(Protocol):
    """What a listener and its head ask of the encoder component."""

    model: EncoderModel
    name: str

    def identity_for(self, checksum: str | None) -> str | None:
        """The encoder's identity, of a head that was saved with weights of this checksum; its own if it has these."""

    def was_saved_with(self, checksum: str) -> bool:
        """Whether a head belongs to it that was saved with weights of this checksum, as far as its own files tell."""

    def ensure_weights(self) -> None: ...

    def vectors_for(self, docs: Sequence[Doc], listener: "EncoderListener", *, is_train: bool) -> Encoded: ...

    def remove_listener(self, listener: Model, component_name: str) -> bool: ...

    def weigh(self, listener: "EncoderListener", weight: float) -> None: ...

    def finish_listeners(self, listeners: Iterable[Model]) -> bool: ...

    def discard_step(self) -> None: ...

    def complete_step(self) -> None: ...


class EncoderListener(Model):
    """Vectors of the shared encoder, wherever they come from.

    While training they are those of the encoder's own update, so that gradients reach it. In prediction they are those
    that the encoder has just made for these Docs. In every other case (the encoder is frozen or disabled, or did not
    see the Docs) the listener has the encoder make them: a head never computes from nothing.

    upstream (str): Name of the encoder component, or "*" for any.
    is_in_tok2vec: Whether it is a part of a `tok2vec` layer, in one of spaCy's heads.
    """

    is_in_tok2vec = False

    def __init__(self, upstream: str) -> None:
        super().__init__("encoder_listener", forward, init=init, dims={"nO": None})
        self.upstream = upstream
        # Set by the encoder's `add_listener`
        self.encoder: SharedEncoder | None = None
        self.head_name = ""

    @property
    def linked_encoder(self) -> SharedEncoder:
        if self.encoder is None:
            if not self.head_name:  # one of spaCy's, which was never linked
                raise ValueError(Errors.B050.format(upstream=self.upstream))
            raise ValueError(Errors.B020.format(name=self.head_name, upstream=self.upstream))
        return self.encoder


def model_of(encoder: Model) -> Model:
    """The model behind a head's `encoder`: that of the shared encoder if it is a listener, else itself."""
    return encoder.linked_encoder.model if isinstance(encoder, EncoderListener) else encoder


def forward(model: EncoderListener, docs: Sequence[Doc], is_train: bool) -> tuple[Encoded, Callable[[object], list]]:
    encoded = model.linked_encoder.vectors_for(docs, model, is_train=is_train)
    # The encoder sends on what all heads have left with the vectors when the last of them is done.
    return encoded, lambda _=None: []


def init(model: EncoderListener, X: object = None, Y: object = None) -> None:
    model.linked_encoder.ensure_weights()  # it is not initialized itself if it is frozen, or disabled
    model.set_dim("nO", model.linked_encoder.model.get_dim("nO"), force=True)
