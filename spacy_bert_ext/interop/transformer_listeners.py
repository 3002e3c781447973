"""spaCy's heads that listen to our encoder through spacy-transformers: its listeners, by the adapter that sharing asks.

By itself such a listener would wait to be fed, and take what it was fed for that of its Docs, whatever has become of
their tokens. Connected, it asks its encoder, as our own listeners do.
"""

import sys
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any, TypeAlias

from spacy.tokens import Doc
from thinc.api import Model

from ..encoder.output import Encoded
from ..errors import Errors
from ..runtime.surroundings import in_own_surroundings
from ..sharing.shared_encoder import SharedEncoder
from .transformer_data import TransformerBatch
from .trf_data import TransformerData, TransformerListener, get_data, is_of, set_data, set_extension

TransformerDataOfDocs: TypeAlias = list[TransformerData]  # one for each Doc

WHAT_THEY_LEAVE = "transformer listeners"  # in a step, all of them together


class TransformerListeners:
    """Adapter for spacy-transformers' listeners, see `ForeignListeners`. It may be absent."""

    def define_extensions(self) -> None:
        if "spacy_transformers" in sys.modules:
            set_extension()

    def upstream_of(self, node: Model[Any, Any]) -> str | None:
        listener = sys.modules.get("spacy_transformers.layers.listener")
        if listener is None or not isinstance(node, listener.TransformerListener):
            return None
        name: str = node.upstream_name
        return name

    def connect(self, listener: TransformerListener, encoder: SharedEncoder) -> None:
        """With the extension `doc._.trf_data`, and the encoder's width once it is known."""
        set_extension()
        listener._func, listener.init = forward, init
        if encoder.model.has_dim("nO"):
            listener.set_dim("nO", encoder.model.get_dim("nO"), force=True)

    def set_on_docs(self, docs: Sequence[Doc], encoded: Encoded, encoder: SharedEncoder) -> None:
        for doc, data in zip(docs, TransformerBatch(docs, encoded, encoder.shim, encoder.model.ops).doc_data):
            set_data(doc, data)

    def check_replaceable(self, listener: TransformerListener) -> None:
        """RAISES (ValueError): Always: they give what no encoder gives."""
        raise ValueError(Errors.B054)


@in_own_surroundings
def forward(
    listener: TransformerListener, docs: Sequence[Doc], is_train: bool
) -> tuple[TransformerDataOfDocs, Callable[[TransformerDataOfDocs], list[Doc]]]:
    """What stands on the Docs, or is made now; in a training step that of the step, whose gradients go back."""
    encoder = _encoder_of(listener)
    step = encoder.step_of(docs, listener) if is_train else None
    if step is not None:
        batch = step.form_for(
            docs, WHAT_THEY_LEAVE, lambda encoded: TransformerBatch(docs, encoded, encoder.shim, encoder.model.ops)
        )
        # As spaCy's heads on `Tok2VecListener.v1`, see there.
        step.weigh(WHAT_THEY_LEAVE, max(sum(len(doc) for doc in docs), 1))
        return batch.doc_data, partial(_take_gradients, batch, listener)
    lacking = [doc for doc in docs if get_data(doc) is None or not is_of(get_data(doc), doc)]
    if lacking:
        TransformerListeners().set_on_docs(lacking, encoder.encode(lacking), encoder)
    return [get_data(doc) for doc in docs], lambda _: list(docs)


@in_own_surroundings
def _take_gradients(
    batch: TransformerBatch, listener: TransformerListener, gradients: TransformerDataOfDocs
) -> list[Doc]:
    batch.add_gradients(gradients)
    _encoder_of(listener).finish_listeners([listener])
    return list(batch.docs)


def init(listener: TransformerListener, X: object = None, Y: object = None) -> None:
    """As that of our own listeners."""
    encoder = _encoder_of(listener)
    encoder.ensure_weights()
    listener.set_dim("nO", encoder.model.get_dim("nO"), force=True)


def _encoder_of(listener: TransformerListener) -> SharedEncoder:
    encoder: SharedEncoder | None = getattr(listener, "encoder", None)
    if encoder is None:
        raise ValueError(Errors.B050.format(upstream=listener.upstream_name))
    return encoder
