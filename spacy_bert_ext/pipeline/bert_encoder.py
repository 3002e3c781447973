"""The shared encoder as a component: encodes once, hands vectors to its heads, collects their gradients.

A training step: `update` encodes the batch; every head that learns leaves its gradient with its vectors; then
`finish_update` sends the sum through the encoder and steps the optimizer for the encoder and its heads together. A head
that is frozen, or has nothing annotated in the batch, leaves nothing and changes nothing for the others.

With `nlp.update(examples, sgd=...)` spaCy calls the encoder's `finish_update` before the heads' updates. The step is
then owed until every listener has done its part: one of our heads when that finishes, one of spaCy's, which step their
own weights and know of no encoder, when its gradient has come. What is still owed when the encoder is used for anything
else (the next batch, other Docs, other weights, a file) is done then, since a head that is frozen never comes. One that
comes all the same, after other Docs, has the encoder pass its Docs again: its gradient is never lost.
"""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from functools import partial
from numbers import Integral
from pathlib import Path
from typing import Any
from weakref import WeakSet

from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.training.example import validate_examples
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer

from ..encoder.model import EncoderModel, encode_docs, move_to, use_checkpoint
from ..encoder.output import Encoded
from ..encoder.shim import EncoderShim
from ..errors import Errors, Warnings
from ..files.saved_files import SavedFiles
from ..huggingface.checkpoint import Checkpoint
from ..interop.transformer_data import (
    TransformerBatch,
    TransformerListener,
    connect,
    is_transformer_listener,
    replacement,
)
from ..interop.trf_data import TransformerData, get_data, is_of, set_data
from ..runtime.surroundings import in_own_surroundings
from ..runtime.torch_shim import checksum_of
from ..settings import check_number, check_whole_number
from ..sharing.accumulation import Accumulation
from ..sharing.in_flight import Passing
from ..sharing.listener import EncoderListener
from ..sharing.listener_map import ListenerMap
from ..sharing.step import Step
from .bert_pipe import BertPipe, apply_gradients, discard_gradients
from .doc_vectors import define_doc_vectors, set_doc_vectors
from .links import upstream_of

KEEP = ("none", "tokens")
TRANSFORMER_LISTENERS = "transformer listeners"  # who share what they leave in a step


class _WeakSet(WeakSet):
    """Objects, as long as they exist elsewhere."""

    def __reduce__(self):
        return (_WeakSet, (list(self),))  # a copy holds the copies


class BertEncoder(BertPipe):
    """Encodes Docs for the heads that listen.

    max_batch_pieces (int): Padded pieces that are encoded at once, 1 or more. Halved, with a warning, when the device
        runs out of memory.
    keep (str): "none" leaves nothing on the Docs. "tokens" sets `doc._.bert` and the vectors of Doc, Span and Token.
    layers (Sequence[int]): Which layers' mean these vectors are, by their places in the `hidden_states` of
        transformers: 0 the embeddings, -1 the last layer. Heads read the last layer in any case.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: EncoderModel,
        name: str = "bert_encoder",
        *,
        max_batch_pieces: int,
        keep: str,
        layers: Sequence[int],
    ) -> None:
        if keep not in KEEP:
            raise ValueError(Errors.B010.format(found=keep, setting="keep", allowed=", ".join(KEEP)))
        check_whole_number("max_batch_pieces", max_batch_pieces, 1)
        super().__init__(vocab, model, name)
        model.attrs["max_batch_pieces"] = max_batch_pieces
        if not layers:
            raise ValueError(Errors.B012.format(setting="layers", found=layers, allowed="one number or more"))
        for layer in layers:
            check_number("layers", layer, lambda x: isinstance(x, Integral), "whole numbers")
        model.attrs["replace_listener"] = replacement  # asked by `nlp.replace_listeners`
        self.keep = keep
        self.layers = tuple(layers)
        self.listener_map = {}
        # spaCy forgets listeners of components that are disabled while it links; what is linked here stays so, until
        # its component is gone.
        self._listeners: WeakSet[Model] = _WeakSet()
        self._heads: WeakSet[BertPipe] = _WeakSet()  # our own, whose weights are stepped with the encoder's
        self._passing = Passing()
        self._step: Step | None = None
        self._accumulation = Accumulation()

    def define_extensions(self) -> None:
        super().define_extensions()
        define_doc_vectors()

    @property
    def shim(self) -> EncoderShim:
        return self.model.shims[0]

    # Listeners, by the protocol of `spacy.ty.ListenedToComponent`

    @property
    def listener_map(self) -> ListenerMap:
        return self._listener_map

    @listener_map.setter
    def listener_map(self, listeners: dict[str, list[Model]]) -> None:
        self._listener_map = ListenerMap(self.model)
        self._listener_map.update(listeners)

    @property
    def listeners(self) -> list[Model]:
        return [listener for listeners in self.listener_map.values() for listener in listeners]

    @property
    def listening_components(self) -> list[str]:
        return list(self.listener_map)

    def add_listener(self, listener: Model, component_name: str) -> None:
        """Link a listener to this encoder, and to no other."""
        linked = getattr(listener, "encoder", None)  # spacy-transformers' listeners have none at first
        if linked is not None and linked is not self:
            linked.remove_listener(listener, component_name)
        listener.encoder, listener.head_name = self, component_name
        self._listeners.add(listener)
        listeners = self.listener_map.setdefault(component_name, [])
        if listener not in listeners:
            listeners.append(listener)

    def remove_listener(self, listener: Model, component_name: str) -> bool:
        listeners = self.listener_map.get(component_name, [])
        if listener not in listeners:
            return False
        listeners.remove(listener)
        listener.encoder = None
        if not listeners:
            del self.listener_map[component_name]
        return True

    def find_listeners(self, component: Any) -> None:
        model = getattr(component, "model", None)
        if not isinstance(model, Model):
            return
        for node in model.walk():
            if upstream_of(node) in ("*", self.name):
                self.add_listener(node, component.name)
                if is_transformer_listener(node):
                    connect(node, self.model)
                if isinstance(component, BertPipe):
                    self._heads.add(component)

    def _linked(self) -> list[Model]:
        return [listener for listener in list(self._listeners) if self._is_linked(listener)]

    def _linked_listeners(self) -> list[EncoderListener]:
        return [listener for listener in self._linked() if isinstance(listener, EncoderListener)]

    def _linked_transformer_listeners(self) -> list[TransformerListener]:
        return [listener for listener in self._linked() if is_transformer_listener(listener)]

    def _linked_heads(self) -> list[BertPipe]:
        heads = [head for head in list(self._heads) if any(self._is_linked(node) for node in head.model.walk())]
        return sorted(heads, key=lambda head: head.name)

    def _is_linked(self, node: Model) -> bool:
        return getattr(node, "encoder", None) is self

    # Devices

    def to(self, device: str, *, precision: str | None = None) -> "BertEncoder":
        """Compute on another device from now on, as `to` of torch's modules does. Heads follow with their next use.

        It holds for this object: what is saved, and so what is loaded, has the settings of the config. A step that is
        owed is taken first; gradients that were to be accumulated are dropped. An optimizer that has been used keeps
        its numbers where they are: take a new one.

        device (str): "auto", "cpu", "cuda:0", "mps".
        precision (str): "auto", "fp32", "bf16" or "fp16"; None for that of the settings, where "auto" chooses anew.
        RAISES (ValueError): An unknown device or precision; nothing has changed then.
        """
        self.complete_step()
        move_to(self.model, device, precision)
        discard_gradients(self._group())
        return self

    # Prediction

    @in_own_surroundings
    def predict(self, docs: Sequence[Doc]) -> Encoded | None:
        """Vectors of the Docs; None if neither a head nor `keep` has use for them."""
        if not self._linked() and self.keep == "none":
            return None
        return self._encode(docs, mean_layers=None if self.keep == "none" else self.layers)

    @in_own_surroundings
    def set_annotations(self, docs: Sequence[Doc], encoded: Encoded | None) -> None:
        if encoded is None:
            return
        if not encoded.pieces.are_of(docs):  # tokens were merged or split since
            encoded = self.predict(docs)
        self._passing.put(docs, encoded, [listener.id for listener in self._linked_listeners()], self.shim.version)
        if self._linked_transformer_listeners():
            self._set_transformer_data(docs, encoded)
        if self.keep == "tokens":
            set_doc_vectors(docs, encoded)

    @in_own_surroundings
    def vectors_for(self, docs: Sequence[Doc], listener: EncoderListener, *, is_train: bool) -> Encoded:
        """Vectors for a head: those of the training step, else those just made, else made now.

        While training, the vectors are the step's, whose gradients go back, if these are the step's Docs.
        """
        if is_train and self._is_step_of(docs, listener):
            return self._step.vectors_for(docs, listener.id)
        encoded = self._passing.take(docs, listener.id, self.shim.version)
        if encoded is None:
            encoded = self._encode(docs)
            others = [other.id for other in self._linked_listeners() if other is not listener]
            self._passing.put(docs, encoded, others, self.shim.version)
        return encoded

    @in_own_surroundings
    def transformer_data_for(
        self, docs: Sequence[Doc], listener: TransformerListener, *, is_train: bool
    ) -> tuple[list[TransformerData], Callable]:
        """What a listener of spacy-transformers gives, and its way back. It is on the Docs, or made now."""
        if is_train and self._is_step_of(docs, listener):
            vectors = self._step.vectors_for(docs, TRANSFORMER_LISTENERS)
            batch = self._step.transformer_batch
            if batch is None or batch.encoded is not vectors:
                batch = TransformerBatch(docs, vectors, self.shim, self.model.ops)
                self._step.transformer_batch = batch
            # As spaCy's heads on `Tok2VecListener.v1`, see there.
            self._step.weigh(TRANSFORMER_LISTENERS, max(sum(len(doc) for doc in docs), 1))
            return batch.doc_data, partial(self._take_gradients, batch, listener)
        lacking = [doc for doc in docs if get_data(doc) is None or not is_of(get_data(doc), doc)]
        if lacking:
            self._set_transformer_data(lacking, self._encode(lacking))
        return [get_data(doc) for doc in docs], lambda _: list(docs)

    @in_own_surroundings
    def _take_gradients(
        self, batch: TransformerBatch, listener: TransformerListener, gradients: Sequence[TransformerData]
    ) -> Sequence[Doc]:
        batch.add_gradients(gradients)
        self.finish_listeners([listener])
        return batch.docs

    def _set_transformer_data(self, docs: Sequence[Doc], encoded: Encoded) -> None:
        for doc, data in zip(docs, TransformerBatch(docs, encoded, self.shim, self.model.ops).doc_data):
            set_data(doc, data)

    def _is_step_of(self, docs: Sequence[Doc], listener: Model) -> bool:
        """Whether the step that is going on is one of these Docs. Another one ends: it is not what is learned from."""
        if self._step is None:
            return False
        if self._step.has_all(docs):
            return True
        if not self._step.was_asked:
            warnings.warn(Warnings.B120.format(name=listener.head_name, encoder=self.name))
        self.complete_step()
        return False

    def _encode(self, docs: Sequence[Doc], *, mean_layers: Sequence[int] | None = None) -> Encoded:
        # Docs of the step itself are annotated with the weights from before the step; any others come after what is
        # owed by now. Where nothing is owed, weights don't change, and the step waits for its heads.
        if self._step is not None and self._step.sgd is not None and not self._step.has_all(docs):
            self.take_step()
        return encode_docs(self.model, docs, mean_layers=mean_layers)

    # Training

    @in_own_surroundings
    def initialize(self, get_examples: Callable[[], Iterable[Example]], *, nlp: Language | None = None) -> None:
        """Load the checkpoint that the model's config names.

        RAISES (ValueError): It can't be loaded, or the settings don't fit it.
        """
        validate_get_examples(get_examples, "BertEncoder.initialize")
        self._load_checkpoint()

    def ensure_weights(self) -> None:
        """Load the checkpoint unless there are weights: a frozen or disabled encoder serves heads that are new."""
        if self.shim.module is None:
            self._load_checkpoint()

    def _load_checkpoint(self) -> None:
        self.model.initialize()
        self._check_layers(self.shim.checkpoint)
        for listener in self._linked_transformer_listeners():
            connect(listener, self.model)

    def _check_layers(self, checkpoint: Checkpoint) -> None:
        """RAISES (ValueError): One of `layers` that the checkpoint does not have."""
        n_layers = int(getattr(checkpoint.config, "num_hidden_layers", 0))
        wrong = [layer for layer in self.layers if not -n_layers - 1 <= layer <= n_layers]
        if wrong:
            raise ValueError(Errors.B060.format(found=wrong[0], n_layers=n_layers, lowest=-n_layers - 1))

    @in_own_surroundings
    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Encode a batch for the heads' updates. The encoder has no loss of its own.

        drop (float): Not used: the encoder's dropout is its checkpoint's.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, "BertEncoder.update")
        self.complete_step()
        docs = [eg.predicted for eg in examples]
        self._step = Step(docs, self.model.begin_update, [listener.id for listener in self._linked()])
        if sgd not in (None, False):
            self.finish_update(sgd)
        return losses

    def get_loss(self, examples: Iterable[Example], scores: Any) -> tuple[float, None]:
        """The encoder has no loss of its own: 0."""
        return 0.0, None

    @in_own_surroundings
    def finish_update(self, sgd: Optimizer) -> None:
        """Send the heads' gradients through the encoder and step the optimizer for encoder and heads together.

        If it comes before the heads' updates the step is owed, see above.
        """
        if self._step is not None and not self._step.has_gradients:
            self._step.sgd = sgd
            return
        self.complete_step()
        apply_gradients(self._group(), sgd)

    def weigh(self, listener: EncoderListener, weight: float) -> None:
        """Be told how much a head has learned from in this step, of which its loss is the mean: above 0."""
        if self._step is not None:
            self._step.weigh(listener.id, weight)

    def finish_listeners(self, listeners: Iterable[Model]) -> bool:
        """A head has done its part. RETURNS (bool): Whether its step is, or will be, taken with the encoder's."""
        if self._step is None or self._step.sgd is None:
            return False
        self._step.finish(listener.id for listener in listeners)
        if not self._step.waiting:
            self.complete_step()
        return True

    def use_params(self, params: dict) -> Iterator[None]:
        """Compute with other weights for a while. A step that is owed goes to the weights that are being trained."""
        self.take_step()
        yield from super().use_params(params)

    def discard_step(self) -> None:
        """Forget a step that failed, with the gradients of all heads."""
        self._step = None
        discard_gradients(self._group())

    @in_own_surroundings
    def complete_step(self) -> None:
        """End the step: send back what heads have left, and step the optimizer if that is owed."""
        step, self._step = self._step, None
        if step is not None and (step.is_begun or not step.is_taken):
            self._take(step)

    @in_own_surroundings
    def take_step(self) -> None:
        """Do now what the step's heads have done so far. They may go on with it."""
        if self._step is not None and self._step.is_begun:
            self._take(self._step)

    def _take(self, step: Step) -> None:
        if step.has_gradients:
            kept, factors = self._accumulation.add(step.weights())
            if kept != 1:
                self.scale_gradients(kept)
            step.send_back(factors)
        step.take()
        if step.sgd is not None:
            apply_gradients(self._group(), step.sgd)

    def finish_accumulation(self) -> None:
        self._accumulation = Accumulation()

    def _group(self) -> list[BertPipe]:
        return [self, *self._linked_heads()]

    # Files

    def write(self, folder: Path) -> None:
        self.complete_step()
        if self.shim.checkpoint is not None:
            self.shim.checkpoint.save(folder)

    def read(self, files: SavedFiles, settings: dict, *, initialized: bool) -> Callable[[], None]:
        if not initialized:
            return lambda: None
        checkpoint = self.shim.read(files)
        checkpoint.identity = files.recorded.get("weights") or checksum_of(checkpoint.plain_module())
        self._check_layers(checkpoint)

        def apply() -> None:
            use_checkpoint(self.model, checkpoint)

        return apply

    def belonging(self) -> dict[str, object]:
        # A head of the pipeline counts before one of a pipeline that the encoder was taken from.
        in_map = set(map(id, self.listeners))
        linked = sorted(self._linked_heads(), key=lambda head: any(id(node) in in_map for node in head.model.walk()))
        heads = {head.name: head.shim.weights_checksum() for head in linked}
        return {"weights": self.shim.weights_checksum(), "heads": heads}

    def identity_for(self, checksum: str | None) -> str | None:
        if checksum in (None, self.shim.identity) or checksum != self.shim.weights_checksum():
            return checksum
        return self.shim.identity

    def was_saved_with(self, checksum: str) -> bool:
        recorded = self.loaded.recorded.get("weights") if self.loaded is not None else None
        return recorded is None or checksum in (recorded, self.shim.weights_checksum())
