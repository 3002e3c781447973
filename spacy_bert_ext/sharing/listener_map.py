"""The listeners of an encoder, and what `nlp.replace_listeners` needs to know of them."""

from typing import Any

from thinc.api import Model

from ..encoder.model import EncoderModel
from ..interop.tok2vec_listener import is_in_tok2vec, with_own_encoder

_REPLACE_BLOCK = "replace_listener_cfg"  # what spaCy looks for


class ListenerMap(dict[str, list[Model]]):
    """Listeners by the names of their components.

    `nlp.replace_listeners` asks for those of one component, and then whether the encoder's model has a function for
    the block that takes the place of the component's. If it has, spaCy takes for granted that this block is
    [...model.tok2vec], which heads of ours don't have. So the function is there only after the question for a component
    of spaCy's.
    """

    def __init__(self, model: EncoderModel) -> None:
        super().__init__()
        self._model = model

    def get(self, name: str, default: Any = None) -> Any:
        listeners = super().get(name, default)
        if any(is_in_tok2vec(listener) for listener in listeners or ()):
            self._model.attrs[_REPLACE_BLOCK] = with_own_encoder
        else:
            self._model.attrs.pop(_REPLACE_BLOCK, None)
        return listeners
