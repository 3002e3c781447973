"""What all heads with labels have in common: the labels, weights of classes, calibrated scores."""

import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from spacy.vocab import Vocab
from thinc.api import Model

from ..errors import Errors, Warnings
from ..files.folder_kinds import SETTINGS_FILE
from ..files.saved_files import SavedFiles
from ..heads.model import head_module_of
from ..heads.module import HeadModule
from ..losses.controls import DEFAULT_WEIGHT, LossControls
from ..runtime.surroundings import in_own_surroundings
from ..types import Scorer
from .calibrated_head import CalibratedHead


class LabelledHead(CalibratedHead):
    """A component that scores labels.

    Weights of classes that were balanced stand in `cfg["balanced_weights"]`, so that a component that is loaded or
    sourced keeps them; a label that is added later has weight 1.

    annotation_hint: How to annotate training data, for the error when there is none.
    exclusive: Whether of the outputs one holds.
    """

    annotation_hint = ""
    exclusive = True

    def __init__(
        self, vocab: Vocab, model: Model[Any, Any], name: str, *, controls: LossControls, scorer: Scorer | None
    ) -> None:
        super().__init__(vocab, model, name, controls=controls, scorer=scorer, labels=[], balanced_weights=None)
        self._forget_calibration()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(self.cfg["labels"])

    @property
    def label_data(self) -> list[str] | dict[str, Any]:
        """What `spacy init labels` saves and `initialize(labels=...)` takes."""
        return list(self.labels)

    def loss_classes(self, labels: Sequence[str]) -> list[str]:
        """What `class_weights` may name."""
        return list(labels)

    def output_names(self, labels: Sequence[str]) -> list[str]:
        """The names of the head's outputs: of a label each, or of a tag each."""
        return list(labels)

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
        if self.shim.module is not None:
            module = head_module_of(self.model)
            module.grow(self.output_names(labels), exclusive=self.exclusive)
            self.shim.renew_id()
            self._use_module(module)
        self._set_labels(labels)
        return 1

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

    # What `initialize` does with the labels that it has found

    def initialize_with(self, labels: Sequence[str], n_examples: int) -> None:
        """Give the head these labels, besides those added before, and new weights.

        RAISES (ValueError): No label at all in so many examples, or one that is none; or no encoder.
        """
        self._check_labels(labels)
        all_labels = list(dict.fromkeys([*self.labels, *labels]))
        if not all_labels:
            raise ValueError(Errors.B024.format(name=self.name, n_examples=n_examples, annotation=self.annotation_hint))
        self.controls.check_classes(self.loss_classes(all_labels), self.name)
        self.upstream.name_listeners()
        names = self.output_names(all_labels)
        self.model.set_dim("nO", len(names), force=True)
        self.model.initialize()
        head_module_of(self.model).set_names(names)
        self._set_labels(all_labels)
        self.cfg["balanced_weights"] = None
        self._forget_calibration()
        self.upstream.join()

    def use_trained_module(self, module: HeadModule, labels: Sequence[str]) -> None:
        """Take a module that has its weights, such as that of a fine-tuned checkpoint, and its labels."""
        self._use_module(module)
        self.upstream.join()
        self._set_labels(labels)

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
        weights = self.controls.class_weights
        if self.controls.is_balanced:
            weights = self.cfg["balanced_weights"]
            if weights is None:
                raise ValueError(Errors.B078.format(name=self.name))
        if not isinstance(weights, Mapping):
            return None
        return np.array([weights.get(label, DEFAULT_WEIGHT) for label in classes])

    # What `spacy bert calibrate` finds

    def _forget_calibration(self) -> None:
        """What `spacy bert calibrate` found belongs to the weights that it was found with."""
        self.cfg["temperature"] = 1.0

    # Files

    def saved_names(self, settings: dict[str, Any]) -> list[str]:
        return self.output_names(saved_labels(settings))

    def read(self, files: SavedFiles, settings: dict[str, Any], *, initialized: bool) -> Callable[[], None]:
        try:
            saved_labels(settings)
        except ValueError as error:
            raise files.error(f"{SETTINGS_FILE} can't be right: {error}") from error
        use_weights = super().read(files, settings, initialized=initialized)
        labels = settings["labels"]

        def apply() -> None:
            use_weights()  # which may fail
            self._set_labels(labels)

        return apply


def saved_labels(settings: dict[str, Any]) -> list[str]:
    """RAISES (ValueError): There are none."""
    labels = settings.get("labels")
    if not isinstance(labels, list) or not all(isinstance(label, str) for label in labels):
        raise ValueError("it has no list `labels`")
    return labels
