"""Listeners of another library on our encoder: what its adapter does, which a room above implements."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol

from spacy.tokens import Doc
from thinc.api import Model

from ..encoder.output import Encoded
from .listener import Listener

if TYPE_CHECKING:
    from .shared_encoder import SharedEncoder


class ForeignListeners(Protocol):
    """Adapter for one kind of listener. The factory of `bert_encoder` hands it over; it is pickled with the component.

    A listener that is connected asks the encoder for vectors by itself: `SharedEncoder.step_of` tells whether they are
    those of a training step, `Step.form_for` gives them in the listener's form, and `SharedEncoder.finish_listeners`
    is called when its gradient has been added to theirs.
    """

    def define_extensions(self) -> None:
        """Define what stands under `._` of a Doc, if the other library is in use."""

    def upstream_of(self, node: Model[Any, Any]) -> str | None:
        """The name of the encoder that a layer listens to; None if it is no listener of this kind."""

    def connect(self, listener: Listener, encoder: "SharedEncoder") -> None:
        """Make a listener ready that was linked to an encoder. Done again when that has got its weights."""

    def set_on_docs(self, docs: Sequence[Doc], encoded: Encoded, encoder: "SharedEncoder") -> None:
        """Leave on Docs what listeners read there in prediction."""

    def check_replaceable(self, listener: Listener) -> None:
        """RAISES (ValueError): `nlp.replace_listeners` can't put an encoder into this listener's place."""
