"""What all heads have in common: labels, the training step, weights on disk."""

import warnings
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spacy.tokens import Doc
from spacy.training import Example, validate_examples
from spacy.vocab import Vocab
from thinc.api import Model, Optimizer

from ..encoder.model import move_to, use_checkpoint
from ..encoder.shim import EncoderShim
from ..errors import Errors, Warnings
from ..files.checksums import CHECKSUMS_FILE
from ..files.folders import SETTINGS_FILE
from ..files.saved_files import SavedFiles
from ..files.weights_file import UnreadableWeights
from ..heads.model import head_module_of, head_of
from ..heads.module import WEIGHTS_FILE, HeadModule
from ..losses.controls import DEFAULT_WEIGHT, LossControls
from ..losses.loss import Loss
from ..runtime.finite import NotFiniteError, check_loss, not_finite
from ..runtime.memory import advice_for_head
from ..runtime.surroundings import in_own_surroundings
from ..runtime.torch_shim import TorchShim
from ..settings import check_temperature
from ..sharing.listener import EncoderListener, SharedEncoder
from .answers import HeadAnswers
from .bert_pipe import BertPipe, apply_gradients, discard_gradients
from .links import check_links

ENCODER_FOLDER = "encoder"  # only of a head with an encoder of its own


class BertHead(HeadAnswers, BertPipe):
    """A component that scores labels on an encoder's vectors.

    annotation_hint: How to annotate training data, for the error when there is none.
    controls: Settings of the loss. Weights that were balanced stand in `cfg["balanced_weights"]`, so that a component
        that is loaded or sourced keeps them; a label that is added later has weight 1.
    """

    annotation_hint = ""
    exclusive = True  # of the outputs, one holds
    # Of what has been learned from since the last optimizer step: in all, and in the last sub-batch.
    _total_weight = _last_weight = 0.0
    _warned_of: str | None = None  # the identity of an encoder

    def __init__(
        self, vocab: Vocab, model: Model, name: str, *, controls: LossControls, scorer: Callable | None
    ) -> None:
        super().__init__(vocab, model, name, labels=[], balanced_weights=None)
        self.controls = controls
        self.scorer = scorer
        self._forget_calibration()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.cfg["labels"])

    @property
    def label_data(self) -> list[str]:
        """What `spacy init labels` saves and `initialize(labels=...)` takes."""
        return list(self.labels)

    @property
    def shim(self) -> TorchShim:
        return self.model.shims[0]

    def loss_classes(self, labels: Sequence[str]) -> list[str]:
        """What `class_weights` may name."""
        return list(labels)

    def output_names(self, labels: Sequence[str]) -> list[str]:
        """The names of the head's outputs: of a tag each, or of a label each."""
        raise NotImplementedError

    @in_own_surroundings
    def add_label(self, label: str) -> int:
        """Add a label. If the head has its weights already, the label begins so rare that the scores of others stay.

        RETURNS (int): 1 if it is new, else 0.
        RAISES (ValueError): Not a string, or empty; or the head of an imported checkpoint can't grow.
        """
        self._check_labels([label])
        if label in self.labels:
            return 0
        labels = [*self.labels, label]
        module = self.shim.module
        if module is not None:
            module.grow(self.output_names(labels), exclusive=self.exclusive)
            self.shim.renew_id()
            self._use_module(module)
        self._set_labels(labels)
        return 1

    def _initialize_with(self, labels: Sequence[str], n_examples: int) -> None:
        """Give the head these labels, besides those added before, and new weights."""
        all_labels = list(dict.fromkeys([*self.labels, *labels]))
        if not all_labels:
            raise ValueError(Errors.B024.format(name=self.name, n_examples=n_examples, annotation=self.annotation_hint))
        self.controls.check_classes(self.loss_classes(all_labels), self.name)
        self._name_listeners()
        names = self.output_names(all_labels)
        self.model.set_dim("nO", len(names), force=True)
        self.model.initialize()
        head_module_of(self.model).set_names(names)
        self._set_labels(all_labels)
        self.cfg["balanced_weights"] = None
        self._forget_calibration()
        self._join_encoder()

    def _forget_calibration(self) -> None:
        """What `spacy bert calibrate` found belongs to the weights that it was found with."""
        self.cfg["temperature"] = 1.0

    def _balance(self, weights: np.ndarray) -> None:
        """Keep the weights that training data asks for, nan for classes that it does not tell of: (n_classes,)."""
        classes = self.loss_classes(self.labels)
        lacking = [label for label, weight in zip(classes, weights) if np.isnan(weight)]
        if lacking:
            shown = ", ".join(lacking)
            warnings.warn(
                Warnings.B105.format(name=self.name, n_classes=len(lacking), total=len(classes), classes=shown)
            )
        self.cfg["balanced_weights"] = dict(zip(classes, np.nan_to_num(weights, nan=DEFAULT_WEIGHT).tolist()))

    def class_weights(self) -> np.ndarray | None:
        """Of each class in the loss: (n_classes,). None if all are 1.

        RAISES (ValueError): They were to be balanced, but the component was initialized without; or there is one for a
            class that the component does not have.
        """
        classes = self.loss_classes(self.labels)
        self.controls.check_classes(classes, self.name)  # a config that is loaded may have been edited
        weights = self.cfg["balanced_weights"] if self.controls.is_balanced else self.controls.class_weights
        if weights is None:
            if self.controls.is_balanced:
                raise ValueError(Errors.B078.format(name=self.name))
            return None
        return np.array([weights.get(label, DEFAULT_WEIGHT) for label in classes])

    def _use_module(self, module: HeadModule | None) -> None:
        self.shim.module = module
        if module is not None:
            self.model.set_dim("nO", module.n_outputs, force=True)
            self.model.set_dim("nI", module.width, force=True)
            encoder = self.model.get_ref("encoder")
            if not encoder.has_dim("nO"):
                encoder.set_dim("nO", module.width)

    def _check_labels(self, labels: Sequence[str] | None) -> None:
        """Labels given to `initialize`, or None."""
        if isinstance(labels, str):
            raise ValueError(Errors.B026.format(name=self.name, label=labels))
        for label in labels or ():
            if not isinstance(label, str) or not label:
                raise ValueError(Errors.B026.format(name=self.name, label=label))

    def _set_labels(self, labels: Sequence[str]) -> None:
        self.cfg["labels"] = list(labels)
        for label in labels:
            self.vocab.strings.add(label)

    # Prediction and training

    def predict(self, docs: Sequence[Doc]) -> Any:
        with advice_for_head(self.name, docs):
            return self.decode(self.raw_scores(docs))

    @in_own_surroundings
    def raw_scores(self, docs: Sequence[Doc]) -> Any:
        """What the model gives: logits, which know no temperature."""
        self.require_weights()
        return self.model.predict(docs)

    def temperature(self) -> float:
        """RAISES (ValueError): What `cfg["temperature"]` was set to is none."""
        check_temperature(self.cfg["temperature"])
        return self.cfg["temperature"]

    def decode(self, raw_scores: Any) -> Any:
        """What `set_annotations` takes: predictions, with probabilities at the temperature `cfg["temperature"]`."""
        raise NotImplementedError

    def check_scores(self, *scores: np.ndarray) -> None:
        """RAISES (ValueError): Some are no numbers."""
        if not all(np.isfinite(array).all() for array in scores):
            raise NotFiniteError(Errors.B154.format(name=self.name))

    def get_loss(self, examples: Iterable[Example], scores: Any) -> Loss:
        """The loss and its gradients, without its `weight`; no gradients if nothing is annotated."""
        raise NotImplementedError

    @in_own_surroundings
    def update(
        self,
        examples: Iterable[Example],
        *,
        drop: float = 0.0,
        sgd: Optimizer | None = None,
        losses: dict[str, float] | None = None,
    ) -> dict[str, float]:
        """Learn from a batch. What is not annotated gives no loss.

        drop (float): Not used: `dropout` in the model's config is.
        losses (Dict[str, float]): The mean loss over what is annotated, times its `weight`, is added under the
            component's name.
        """
        losses = {} if losses is None else losses
        losses.setdefault(self.name, 0.0)
        examples = list(examples)
        validate_examples(examples, f"{type(self).__name__}.update")
        self.require_weights()
        docs = [eg.predicted for eg in examples]
        try:
            with advice_for_head(self.name, docs):
                loss = self._learn(docs, examples)
        except Exception:
            self._discard_gradients()
            raise
        if sgd not in (None, False):
            self.finish_update(sgd)
        losses[self.name] += loss.value
        return losses

    def _learn(self, docs: Sequence[Doc], examples: Sequence[Example]) -> Loss:
        """Leave the gradients of a batch with the weights and, if there is a shared encoder, with its vectors."""
        scores, backprop = self.model.begin_update(docs)
        loss = self.get_loss(examples, scores).times(self.controls.weight)
        check_loss(self.name, loss.value, self.shim.n_steps, examples)
        if loss.gradients is not None:
            self._accumulate(loss.weight)
            backprop(loss.gradients)
            self._join_encoder()
            for listener in self._name_listeners():
                if listener.encoder is not None:
                    listener.encoder.weigh(listener, loss.weight)
        return loss

    def _accumulate(self, weight: float) -> None:
        """Scale what has been added up so that a gradient of this weight can be added as it is.

        That gradient itself must not be scaled: it goes on to an encoder, which does so by itself.
        """
        if self._total_weight:
            self.scale_gradients(self._last_weight / weight)
        self._last_weight, self._total_weight = weight, self._total_weight + weight

    def finish_accumulation(self) -> None:
        if self._total_weight > self._last_weight:
            self.scale_gradients(self._last_weight / self._total_weight)
        self._last_weight = self._total_weight = 0.0

    @in_own_surroundings
    def finish_update(self, sgd: Optimizer) -> None:
        """Step the optimizer, together with the shared encoder if that is owed a step."""
        encoder = self._shared_encoder()
        if encoder is None or not encoder.finish_listeners(self._name_listeners()):
            apply_gradients([self], sgd)

    def _discard_gradients(self) -> None:
        """A step that failed half-way must not leave its gradients to the next."""
        discard_gradients([self])
        encoder = self._shared_encoder()
        if encoder is not None:
            encoder.discard_step()

    def _shared_encoder(self) -> SharedEncoder | None:
        """The encoder that the head listens to, if it is linked to one."""
        return next((listener.encoder for listener in self._name_listeners() if listener.encoder), None)

    def require_weights(self) -> None:
        if self.shim.module is None:
            raise ValueError(Errors.B022.format(name=self.name))
        self._name_listeners()
        self._check_encoder()

    def _check_encoder(self) -> None:
        """Warn once of an encoder that the head was not trained with."""
        encoder = self._shared_encoder()
        if encoder is None:
            return
        found, expected = encoder.model.shims[0].identity, self.shim.identity
        if None not in (found, expected) and found not in (expected, self._warned_of):
            self._warned_of = found
            warnings.warn(Warnings.B192.format(name=self.name, encoder=encoder.name))

    def _join_encoder(self) -> None:
        """From now on the head belongs to the encoder that it listens to."""
        encoder = self._shared_encoder()
        self.shim.identity = encoder.model.shims[0].identity if encoder is not None else None

    def _name_listeners(self) -> list[EncoderListener]:
        """The listeners among the model's layers, told whose they are for their error messages."""
        listeners = [node for node in self.model.walk() if isinstance(node, EncoderListener)]
        for listener in listeners:
            listener.head_name = self.name
        return listeners

    def to(self, device: str, *, precision: str | None = None) -> "BertHead":
        """Move a head that has an encoder of its own, see `BertEncoder.to`.

        RAISES (ValueError): It listens to another component, and follows that.
        """
        encoder = self.own_encoder()
        if encoder is None:
            is_ours = isinstance(self.model.get_ref("encoder"), EncoderListener)
            raise ValueError((Errors.B061 if is_ours else Errors.B071).format(name=self.name))
        move_to(encoder, device, precision)
        discard_gradients([self])
        return self

    # Files

    def own_encoder(self) -> Model | None:
        """The encoder that belongs to this head alone, if it does not listen to a shared one."""
        return next((node for node in self.model.walk() if node.shims and isinstance(node.shims[0], EncoderShim)), None)

    def check_links(self, name: str, components: Sequence[str] | None) -> None:
        check_links(self.model, name, components)

    def write(self, folder: Path) -> None:
        shared = self._shared_encoder()
        if shared is not None:
            shared.complete_step()
        self._check_encoder()
        if self.shim.module is not None:
            self.shim.module.write(folder)
        encoder = self.own_encoder()
        if encoder is not None and encoder.shims[0].checkpoint is not None:
            (folder / ENCODER_FOLDER).mkdir()
            encoder.shims[0].checkpoint.save(folder / ENCODER_FOLDER)

    def read(self, files: SavedFiles, settings: dict, *, initialized: bool) -> Callable[[], None]:
        try:
            names = self.saved_names(settings)
            self.check_calibration(settings)
        except ValueError as error:
            raise files.error(f"{SETTINGS_FILE} can't be right: {error}") from error
        labels = settings["labels"]
        encoder, checkpoint = self.own_encoder(), None
        if encoder is not None and initialized:
            checkpoint = encoder.shims[0].read(files.within(ENCODER_FOLDER))
        module = self._read_module(files, labels, names) if initialized else None
        identity, shared = files.recorded.get("encoder"), self._shared_encoder()
        if shared is not None:
            identity = shared.identity_for(identity)

        def apply() -> None:
            if checkpoint is not None:
                use_checkpoint(encoder, checkpoint)
            self._set_labels(labels)
            self._use_module(module)
            self.shim.identity = identity

        return apply

    def belonging(self) -> dict[str, object]:
        encoder = self._shared_encoder()
        of_encoder = encoder.model.shims[0].weights_checksum() if encoder is not None else None
        return {"weights": self.shim.weights_checksum(), "encoder": of_encoder}

    def check_belonging(self, files: SavedFiles, place: Path | None) -> None:
        encoder = self._shared_encoder()
        if encoder is None or encoder.loaded is None or encoder.loaded.place != place:
            return
        of_encoder, of_head = encoder.loaded.recorded, files.recorded
        heads = of_encoder.get("heads")
        pairs = [(of_head.get("encoder"), of_encoder.get("weights"))]
        if isinstance(heads, dict):
            pairs.append((of_head.get("weights"), heads.get(self.name)))
        if any(None not in pair and pair[0] != pair[1] for pair in pairs):
            raise ValueError(
                Errors.B171.format(
                    name=self.name,
                    path=files.where,
                    encoder=encoder.name,
                    encoder_path=encoder.loaded.path,
                    checksums=CHECKSUMS_FILE,
                )
            )

    def saved_names(self, settings: dict) -> list[str]:
        """The names of a saved head's outputs.

        RAISES (ValueError): The settings say nothing, or something that does not fit together.
        """
        return self.output_names(saved_labels(settings))

    def check_calibration(self, settings: dict) -> None:
        """RAISES (ValueError): What `spacy bert calibrate` has written was edited, and makes no sense."""
        check_temperature(settings.get("temperature", self.cfg["temperature"]))

    def _read_module(self, files: SavedFiles, labels: Sequence[str], names: Sequence[str]) -> HeadModule:
        try:
            weights = files.start_reading_weights(WEIGHTS_FILE).result()
            module = head_of(self.model).read_module(files, weights)
        except (UnreadableWeights, OSError, MemoryError, RuntimeError) as error:
            raise files.error(f"the weights in {WEIGHTS_FILE} can't be loaded: {error}") from error
        damaged = not_finite(module)
        if damaged:
            raise files.error(f"the weights {', '.join(damaged)} in {WEIGHTS_FILE} hold nan or infinite numbers")
        width = self._encoder_width() or module.width
        if (module.n_outputs, module.width) != (len(names), width):
            raise ValueError(
                Errors.B031.format(
                    path=f"{files.where}/{WEIGHTS_FILE}",
                    found_outputs=module.n_outputs,
                    found_width=module.width,
                    name=self.name,
                    labels=len(labels),
                    outputs=len(names),
                    width=width,
                )
            )
        return module

    def _encoder_width(self) -> int | None:
        encoder = self._shared_encoder()
        return encoder.model.get_dim("nO") if encoder is not None and encoder.model.has_dim("nO") else None


def saved_labels(settings: dict) -> list[str]:
    """RAISES (ValueError): There are none."""
    labels = settings.get("labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise ValueError("it has no list `labels`")
    return labels
