"""An encoder as its heads share it: one pass for all of them, and one step with all of their gradients."""

import warnings
from collections.abc import Iterable, Sequence
from typing import Protocol

from spacy.tokens import Doc
from thinc.api import Optimizer

from ..encoder.model import EncoderModel, encode_docs, require_weights
from ..encoder.output import Encoded
from ..encoder.readings import Reading, Texts, docs_of
from ..encoder.shim import EncoderShim, encoder_shim_of
from ..errors import Warnings
from ..files.loaded import Loaded
from ..runtime.surroundings import in_own_surroundings
from .foreign import ForeignListeners
from .gradients import Gradients, Learner, apply_gradients
from .in_flight import VectorsInFlight
from .links import Links
from .listener import EncoderListener, Listener
from .step import Step


class EncoderComponent(Protocol):
    """The component that has the encoder."""

    name: str
    model: EncoderModel
    gradients: Gradients
    loaded: Loaded | None

    def load_checkpoint(self) -> None: ...


class SharedEncoder:
    """What listeners and heads ask of an encoder component. The story is told in `sharing/__init__.py`.

    foreign (Sequence[ForeignListeners]): Adapters for listeners of other libraries.

    links: Who listens.
    in_flight: Vectors of Docs that were just encoded, for the heads to come.
    step: The training step that is going on, from `begin_step` until all heads have done their part.
    """

    def __init__(self, component: EncoderComponent, foreign: Sequence[ForeignListeners]) -> None:
        self._component = component
        self.links = Links(self, foreign)
        self.in_flight = VectorsInFlight()
        self.step: Step | None = None

    @property
    def name(self) -> str:
        return self._component.name

    @property
    def model(self) -> EncoderModel:
        return self._component.model

    @property
    def shim(self) -> EncoderShim:
        return encoder_shim_of(self.model)

    @property
    def identity(self) -> str | None:
        """See `TorchShim`."""
        return self.shim.identity

    @property
    def loaded(self) -> Loaded | None:
        return self._component.loaded

    @property
    def learners(self) -> list[Learner]:
        """Those whose weights are stepped together."""
        return [self._component, *self.links.heads]

    # Prediction

    def ensure_weights(self) -> None:
        """Load the checkpoint unless there are weights: a frozen or disabled encoder serves heads that are new."""
        if self.shim.module is None:
            self._component.load_checkpoint()

    def encode(self, texts: Texts, *, mean_layers: Sequence[int] | None = None) -> Encoded:
        settle(self, docs_of(texts))
        return encode_docs(self.model, texts, mean_layers=mean_layers)

    def hand_out(self, docs: Sequence[Doc], encoded: Encoded) -> None:
        """Hold vectors for the listeners, and leave on the Docs what foreign ones read there."""
        self.in_flight.put(docs, encoded, [listener.id for listener in self.links.readers_of_docs], self.shim.version)
        for kind in self.links.foreign_in_use:
            kind.set_on_docs(docs, encoded, self)

    @in_own_surroundings
    def vectors_for(self, texts: Texts, listener: EncoderListener, *, is_train: bool) -> Encoded:
        """Vectors for a head: those of the training step, else those just made, else made now.

        While training, the vectors are the step's, whose gradients go back, if these are the step's Docs, or are made
        of them.
        """
        step = self.step_of(docs_of(texts), listener) if is_train else None
        if step is not None:
            return step.vectors_for(texts, listener.id)
        if isinstance(texts, Reading):
            return self.encode(texts)  # no other head reads the same
        encoded = self.in_flight.take(texts, listener.id, self.shim.version)
        if encoded is None:
            encoded = self.encode(texts)
            others = [other.id for other in self.links.readers_of_docs if other is not listener]
            self.in_flight.put(texts, encoded, others, self.shim.version)
        return encoded

    # Training

    def begin_step(self, docs: list[Doc]) -> None:
        """Begin a batch, which is encoded when a head comes for it. What is owed of the last one is done first."""
        self.complete_step()
        require_weights(self.model)
        self.step = Step(docs, self.model.begin_update, [listener.id for listener in self.links.listeners])

    def step_of(self, docs: Sequence[Doc], listener: Listener) -> Step | None:
        """The step that is going on, if it is one of these Docs. Another one ends: it is not what is learned from."""
        if self.step is None or self.step.has_all(docs):
            return self.step
        if not self.step.was_asked:
            warnings.warn(Warnings.B120.format(name=listener.head_name, encoder=self.name))
        self.complete_step()
        return None

    def weigh(self, listener: EncoderListener, weight: float) -> None:
        """Be told how much a head has learned from in this step, of which its loss is the mean: above 0."""
        if self.step is not None:
            self.step.weigh(listener.id, weight)

    def finish_listeners(self, listeners: Iterable[Listener]) -> bool:
        """A head has done its part. RETURNS (bool): Whether its step is, or will be, taken with the encoder's."""
        if self.step is None or self.step.sgd is None:
            return False
        self.step.finish(listener.id for listener in listeners)
        if not self.step.waiting:
            self.complete_step()
        return True

    def finish_step(self, sgd: Optimizer) -> None:
        """Step the optimizer for encoder and heads together. If the heads' updates are still to come, the step is owed
        until they are done."""
        if self.step is not None and not self.step.has_gradients:
            self.step.sgd = sgd
            return
        self.complete_step()
        apply_gradients(self.learners, sgd)

    @in_own_surroundings
    def complete_step(self) -> None:
        """End the step: send back what heads have left, and step the optimizer if that is owed."""
        step, self.step = self.step, None
        if step is not None and (step.is_begun or not step.is_taken):
            self._take(step)

    @in_own_surroundings
    def take_step(self) -> None:
        """Do now what the step's heads have done so far. They may go on with it."""
        if self.step is not None and self.step.is_begun:
            self._take(self.step)

    def discard_step(self) -> None:
        """Forget a step that failed, with the gradients of all heads."""
        self.step = None
        for learner in self.learners:
            learner.gradients.discard()

    def _take(self, step: Step) -> None:
        if step.has_gradients:
            step.send_back(self._component.gradients.expect(step.weights()))
        step.take()
        if step.sgd is not None:
            apply_gradients(self.learners, step.sgd)


def settle(shared: SharedEncoder, docs: Sequence[Doc]) -> None:
    """Take a step that is owed, before Docs are encoded with the weights.

    Docs of the step itself are annotated with the weights from before the step; any others come after what is owed by
    now. Where nothing is owed, weights don't change, and the step waits for its heads.
    """
    step = shared.step
    if step is not None and step.sgd is not None and not step.has_all(docs):
        shared.take_step()
