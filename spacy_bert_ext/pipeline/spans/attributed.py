"""A head of spans whose spans have attributes: finding their values, learning, files."""

import warnings
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from spacy.training import Example
from spacy.vocab import Vocab

from ...errors import Errors, Warnings
from ...files.saved_files import SavedFiles
from ...heads.span_classifier import ATTRIBUTES, SpanClassifierModel, sizes_of, span_head_of, span_module_of
from ...losses.attribute_losses import loss_of_attributes
from ...losses.controls import LossControls
from ...losses.loss import Loss
from ...losses.priors import log_frequencies
from ...spans.attributes import predicted_values
from ...spans.candidates import Candidates
from ...spans.decoding import PredictedSpans
from ...spans.span_scores import SpanScores
from ...types import Scorer
from ..label_thresholds import LabelThresholds
from .attributes import Values, check_names, define_attributes, kind_of
from .gold_values import ValueCounts, count_values, gold_values

LABELS = "labels"  # beside ATTRIBUTES in the table that `spacy init labels` saves


class AttributedSpans(LabelThresholds):
    """A component with `cfg["attributes"]`: the names of its attributes, and the values that each may have.

    A span's values are learned where they are annotated, and predicted of the spans that are predicted.

    attributes (Sequence[str]): Names, as after `span._.`.
    """

    def __init__(
        self,
        vocab: Vocab,
        model: SpanClassifierModel,
        name: str,
        *,
        attributes: Sequence[str],
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        check_names(attributes, name)
        self.attributes = tuple(attributes)
        super().__init__(vocab, model, name, controls=controls, scorer=scorer)
        self._set_values({attribute: [] for attribute in attributes})

    def define_extensions(self) -> None:
        super().define_extensions()
        define_attributes(self.attributes, self.name)

    @property
    def attribute_values(self) -> Values:
        """Of each attribute; none before `initialize` has found them."""
        values: Values = self.cfg[ATTRIBUTES]
        return values

    @property
    def label_data(self) -> list[str] | dict[str, Any]:
        """What `spacy init labels` saves and `initialize(labels=...)` takes."""
        labels = list(self.labels)
        return {LABELS: labels, ATTRIBUTES: dict(self.attribute_values)} if self.attributes else labels

    def _set_values(self, values: Values) -> None:
        self.cfg[ATTRIBUTES] = {attribute: list(of_attribute) for attribute, of_attribute in values.items()}
        span_head_of(self.model).n_values = sizes_of(values)

    def count_values(self, examples: Iterable[Example], key: str) -> ValueCounts:
        """key (str): Of the group in `doc.spans`."""
        return count_values(examples, key, self.attributes, self.name)

    # Training

    def find_values(
        self, get_examples: Callable[[], Iterable[Example]], key: str, labels: Sequence[str] | Mapping[str, Any] | None
    ) -> tuple[Sequence[str] | None, ValueCounts]:
        """Before new weights are made: what the attributes may be, as `labels` or else the examples have it.

        key (str): Of the group in `doc.spans`.
        labels: A list of labels, or a table as in `label_data`.
        RETURNS: The labels, and what is annotated.
        RAISES (ValueError): No such table; or an attribute without any value.
        """
        listed, given = self._given(labels) if isinstance(labels, Mapping) else (labels, {})
        counts = self.count_values(get_examples(), key)
        values = {**counts.values(), **given}
        for attribute, of_attribute in values.items():
            if not of_attribute and (counts.n_spans or listed or self.labels):  # else there are no labels either
                raise ValueError(
                    Errors.B414.format(n_spans=counts.n_spans, key=key, name=self.name, attribute=attribute)
                )
            if len(of_attribute) == 1:
                warnings.warn(Warnings.B417.format(attribute=attribute, name=self.name, value=repr(of_attribute[0])))
        self._set_values(values)
        return listed, counts

    def _given(self, table: Mapping[str, Any]) -> tuple[list[str], Values]:
        values = table.get(ATTRIBUTES, {})
        if not isinstance(table.get(LABELS), list) or not are_values(values) or not {*values} <= {*self.attributes}:
            raise ValueError(Errors.B416.format(name=self.name, found=dict(table), attributes=list(self.attributes)))
        return table[LABELS], values

    def start_values(self, counts: ValueCounts) -> None:
        """New weights say of each value how often it is annotated."""
        of_each = [(counts.of_each[attribute], values) for attribute, values in self.attribute_values.items()]
        span_module_of(self.model).start_values_from(
            [log_frequencies(np.array([counted[value] for value in values])) for counted, values in of_each]
        )

    def loss_of_values(self, examples: Sequence[Example], scores: SpanScores, key: str, n_tokens: int) -> Loss:
        """n_tokens (int): Of Docs whose spans are annotated."""
        return loss_of_attributes(scores, gold_values(examples, key, self.attribute_values), n_tokens, self.controls)

    # Prediction

    def with_values(self, spans: PredictedSpans, scores: SpanScores) -> PredictedSpans:
        """Spans with the values of their attributes, and what all was predicted from."""
        attributes = predicted_values(scores, Candidates(spans.first, spans.last))
        self.check_scores(*(of_attribute.score for of_attribute in attributes))
        return spans._replace(span_scores=scores, attributes=attributes)

    # Files

    def saved_names(self, settings: dict[str, Any]) -> list[str]:
        values = settings.get(ATTRIBUTES, {})
        if not are_values(values):
            raise ValueError(f"its `attributes` are {values!r}, no table of values")
        if list(values) != list(self.attributes):
            found, expected = ", ".join(values) or "none", ", ".join(self.attributes) or "none"
            raise ValueError(f"its `attributes` are {found}, those in the component's config {expected}")
        return super().saved_names(settings)

    def read(self, files: SavedFiles, settings: dict[str, Any], *, initialized: bool) -> Callable[[], None]:
        use_weights = super().read(files, settings, initialized=initialized)

        def apply() -> None:
            use_weights()
            self._set_values(settings.get(ATTRIBUTES, {}))

        return apply


def are_values(found: object) -> bool:
    """Whether this is a table of lists of values, each list of one kind and none twice."""
    return isinstance(found, Mapping) and all(
        isinstance(values, list)
        and len({kind_of(value) for value in values} | {None}) <= 2
        and None not in {kind_of(value) for value in values}
        and len(set(values)) == len(values)
        for values in found.values()
    )
