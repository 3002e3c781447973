"""A component that others listen to, by the protocol of `spacy.ty.ListenedToComponent`."""

from collections.abc import Sequence
from typing import Any

from spacy.vocab import Vocab
from thinc.api import Model

from ..encoder.model import EncoderModel
from ..sharing.foreign import ForeignListeners
from ..sharing.links import replacement
from ..sharing.listener_map import ListenerMap
from ..sharing.shared_encoder import SharedEncoder
from .bert_pipe import BertPipe


class ListenedToPipe(BertPipe):
    """What spaCy asks when it links components, and replaces listeners.

    shared: What listeners and their heads ask.
    foreign: Adapters for listeners of other libraries.
    """

    def __init__(
        self, vocab: Vocab, model: EncoderModel, name: str, *, foreign: Sequence[ForeignListeners], **cfg: Any
    ) -> None:
        self.foreign = tuple(foreign)
        self.shared = SharedEncoder(self, self.foreign)
        super().__init__(vocab, model, name, **cfg)
        model.attrs["replace_listener"] = replacement  # asked by `nlp.replace_listeners`

    def define_extensions(self) -> None:
        super().define_extensions()
        for kind in self.foreign:  # not those of `shared`, which a copy may not have yet
            kind.define_extensions()

    @property
    def listener_map(self) -> ListenerMap:
        return self.shared.links.by_component

    @listener_map.setter
    def listener_map(self, listeners: dict[str, list[Model[Any, Any]]]) -> None:
        self.shared.links.begin_anew(listeners)

    @property
    def listeners(self) -> list[Model[Any, Any]]:
        return [listener for listeners in self.listener_map.values() for listener in listeners]

    @property
    def listening_components(self) -> list[str]:
        return list(self.listener_map)

    def add_listener(self, listener: Model[Any, Any], component_name: str) -> None:
        """Link a listener to this encoder, and to no other."""
        self.shared.links.add(listener, component_name)

    def remove_listener(self, listener: Model[Any, Any], component_name: str) -> bool:
        return self.shared.links.remove(listener, component_name)

    def find_listeners(self, component: Any) -> None:
        self.shared.links.find(component)
