"""Who listens to an encoder."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Protocol
from weakref import WeakSet

from spacy.pipeline.tok2vec import Tok2VecListener
from thinc.api import Model

from ..encoder.model import EncoderModel
from ..errors import Errors
from .foreign import ForeignListeners
from .gradients import Gradients, Learner
from .listener import EncoderListener, Listener
from .listener_map import ListenerMap

if TYPE_CHECKING:
    from .shared_encoder import SharedEncoder


class _WeakSet(WeakSet[Any]):
    """Objects, as long as they exist elsewhere."""

    def __reduce__(self) -> tuple[type, tuple[list[Any]]]:
        return (_WeakSet, (list(self),))  # a copy holds the copies


class ListeningHead(Learner, Protocol):
    """A component of ours on an encoder: its weights are stepped with the encoder's."""

    model: Model[Any, Any]


class Links:
    """The listeners of one encoder, ours and foreign ones, and the heads of ours that they belong to.

    spaCy forgets listeners of components that are disabled while it links; what is linked here stays so, until its
    component is gone.

    by_component: What spaCy knows of, by the names of components.
    """

    def __init__(self, encoder: "SharedEncoder", foreign: Sequence[ForeignListeners]) -> None:
        self.foreign = tuple(foreign)
        self.by_component = ListenerMap(encoder)
        self._encoder = encoder
        self._listeners: WeakSet[Listener] = _WeakSet()
        self._heads: WeakSet[ListeningHead] = _WeakSet()

    def begin_anew(self, listeners: dict[str, list[Listener]]) -> None:
        """spaCy is about to link all components of a pipeline."""
        self.by_component = ListenerMap(self._encoder)
        self.by_component.update(listeners)

    def add(self, listener: Listener, component_name: str) -> None:
        """Link a listener to this encoder, and to no other."""
        linked = getattr(listener, "encoder", None)  # foreign ones have none at first
        if linked is not None and linked is not self._encoder:
            linked.links.remove(listener, component_name)
        listener.encoder, listener.head_name = self._encoder, component_name
        self._listeners.add(listener)
        listeners = self.by_component.setdefault(component_name, [])
        if listener not in listeners:
            listeners.append(listener)

    def remove(self, listener: Listener, component_name: str) -> bool:
        """RETURNS (bool): Whether it was linked."""
        listeners = self.by_component.get(component_name, [])
        if listener not in listeners:
            return False
        listeners.remove(listener)
        listener.encoder = None
        if not listeners:
            del self.by_component[component_name]
        return True

    def find(self, component: Any) -> None:
        """Link the listeners of a component that name this encoder, or any.

        RAISES (ValueError): One of spaCy's own names this encoder: it would wait for vectors in vain.
        """
        model = getattr(component, "model", None)
        if not isinstance(model, Model):
            return
        for node in model.walk():
            if isinstance(node, Tok2VecListener) and node.upstream_name == self._encoder.name:
                raise ValueError(Errors.B288.format(name=component.name, encoder=self._encoder.name))
            if self.upstream_of(node) in ("*", self._encoder.name):
                self.add(node, component.name)
                self._connect(node)
                if isinstance(getattr(component, "gradients", None), Gradients):
                    self._heads.add(component)

    def connect_foreign(self) -> None:
        """Tell foreign listeners of new weights."""
        for listener in self.listeners:
            self._connect(listener)

    def _connect(self, listener: Listener) -> None:
        for kind in self.foreign:
            if kind.upstream_of(listener) is not None:
                kind.connect(listener, self._encoder)

    def upstream_of(self, node: Model[Any, Any]) -> str | None:
        """The name of the encoder that a layer listens to; None if it is no listener."""
        if isinstance(node, EncoderListener):
            return node.upstream
        names = (kind.upstream_of(node) for kind in self.foreign)
        return next((name for name in names if name is not None), None)

    @property
    def listeners(self) -> list[Listener]:
        return [listener for listener in list(self._listeners) if self.has(listener)]

    @property
    def own_listeners(self) -> list[EncoderListener]:
        """Those of this package."""
        return [listener for listener in self.listeners if isinstance(listener, EncoderListener)]

    @property
    def readers_of_docs(self) -> list[EncoderListener]:
        """Those of this package that read the Docs as they are."""
        return [listener for listener in self.own_listeners if listener.reads_docs]

    @property
    def foreign_in_use(self) -> list[ForeignListeners]:
        """The kinds of which there is a listener."""
        listeners = self.listeners if self.foreign else []
        return [kind for kind in self.foreign if any(kind.upstream_of(node) is not None for node in listeners)]

    @property
    def heads(self) -> list[ListeningHead]:
        heads = [head for head in list(self._heads) if any(self.has(node) for node in head.model.walk())]
        return sorted(heads, key=lambda head: head.name)

    def has(self, node: Model[Any, Any]) -> bool:
        """Whether a layer listens to this encoder."""
        return getattr(node, "encoder", None) is self._encoder


def replacement(own_encoder: EncoderModel, listener: Listener, component: Any) -> EncoderModel:
    """What takes a listener's place in `nlp.replace_listeners`.

    RAISES (ValueError): A foreign listener gives what no encoder gives.
    """
    for kind in component.shared.links.foreign:
        if kind.upstream_of(listener) is not None:
            kind.check_replaceable(listener)
    return own_encoder
