"""The listeners of an encoder, and what `nlp.replace_listeners` needs to know of them."""

from typing import TYPE_CHECKING, Any

from .listener import EncoderListener, Listener

if TYPE_CHECKING:
    from .shared_encoder import SharedEncoder

_REPLACE_BLOCK = "replace_listener_cfg"  # what spaCy looks for


class ListenerMap(dict[str, list[Listener]]):
    """Listeners by the names of their components.

    `nlp.replace_listeners` asks for those of one component, and then whether the encoder's model has a function for
    the block that takes the place of the component's. If it has, spaCy takes for granted that this block is
    [...model.tok2vec], which heads of ours don't have. So the function is there only after the question for a component
    of spaCy's.
    """

    def __init__(self, encoder: "SharedEncoder") -> None:
        super().__init__()
        self._encoder = encoder

    def get(self, name: str, default: Any = None) -> Any:
        listeners = super().get(name, default)
        blocks = [listener.own_encoder_block for listener in listeners or () if isinstance(listener, EncoderListener)]
        of_tok2vec = next(filter(None, blocks), None)
        if of_tok2vec is not None:
            self._encoder.model.attrs[_REPLACE_BLOCK] = of_tok2vec
        else:
            self._encoder.model.attrs.pop(_REPLACE_BLOCK, None)
        return listeners
