"""Spans that may overlap: scores of candidates → probabilities → `doc.spans` and `span._.score`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

import numpy as np
import torch
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab
from torch import Tensor

from ..errors import Warnings
from ..explanation.explained import Explained
from ..heads.span_classifier import SpanClassifierModel, Suggester, span_head_of, span_module_of
from ..losses.controls import LossControls
from ..losses.loss import Loss
from ..losses.priors import log_odds
from ..losses.span_losses import learned_from, loss_of_spans
from ..pieces.tokens import have_tokens
from ..runtime.surroundings import in_own_surroundings
from ..settings import NumberSetting, check_number, check_whole_number, from_0_to_1
from ..spans.candidates import Candidates
from ..spans.decoding import PredictedSpans, concatenated
from ..spans.span_scores import SpanScores
from ..types import Scorer
from .answers import GoldSummary, GoldWords
from .confidence import Confidence
from .gold_faults import warn_of_gold
from .scores import define_score, get_score
from .scores_of_tokens import checked_scores
from .spans.attributed import AttributedSpans
from .spans.confidence import confidence_of_spans, scores_of_each_label
from .spans.explaining import explained_span
from .spans.gold import SpanCounts, check_spans, count_spans, gold_of_each, gold_spans, summarize_spans
from .spans.gold_values import check_values
from .spans.kinds import SpanKind
from .spans.writing import write_spans

LONGER = 2  # times the longest span of the training data: so long may spans be that are found


class BertSpanCategorizer(AttributedSpans):
    """Finds spans that may overlap and nest, with labels that hold independently, or with one label each.

    A suggester tells which spans are looked at, as of spaCy's `spancat`. Without one the head learns where spans begin
    and end, and looks at the pairs of such tokens.

    spans_key (str): Of the group in `doc.spans`, in gold and predicted Docs. Gold Docs without it are not annotated.
    threshold (float): From 0 to 1: from which score on a label holds. Labels in `cfg["thresholds"]`, which
        `spacy bert calibrate --thresholds` fills, have their own.
    suggester (Suggester): Names the candidates; None to have them found.
    finder_threshold (float): From 0 to 1: probability from which on a token is taken for a span's first or last one.
    max_span_tokens (int): Of spans that are found, 1 or more; None for LONGER times the longest in the training data.
    kind (SpanKind): `IndependentLabels`, one sigmoid each; or `OneLabel`, a softmax over the labels and "none of them",
        which the loss calls O.
    attributes (Sequence[str]): Of spans: each is predicted as `span._.<name>`, of the values that gold spans have.
    """

    finder_threshold = NumberSetting(from_0_to_1, "from 0 to 1")  # may be set at any time
    gold_words = GoldWords("spans", "Set `doc.spans` of the training Docs.", "All spans match the tokens")

    def __init__(
        self,
        vocab: Vocab,
        model: SpanClassifierModel,
        name: str = "bert_spancat",
        *,
        spans_key: str,
        threshold: float,
        suggester: Suggester | None,
        finder_threshold: float,
        max_span_tokens: int | None,
        kind: SpanKind,
        attributes: Sequence[str],
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        check_number("threshold", threshold, from_0_to_1, "from 0 to 1")
        if max_span_tokens is not None:
            check_whole_number("max_span_tokens", max_span_tokens, 1)
        head = span_head_of(model)
        self.kind = kind
        super().__init__(vocab, model, name, attributes=attributes, controls=controls, scorer=scorer)
        self.cfg.update(spans_key=spans_key, threshold=threshold, longest_tokens=1)
        self.finder_threshold, self.max_span_tokens = finder_threshold, max_span_tokens
        head.suggester, head.component = suggester, name

    def define_extensions(self) -> None:
        super().define_extensions()
        define_score()

    @property
    def exclusive(self) -> bool:  # type: ignore[override]  # of other heads it is fixed
        return self.kind.exclusive

    @property
    def key(self) -> str:
        """Of the group in `doc.spans`."""
        return str(self.cfg["spans_key"])

    @property
    def longest_tokens(self) -> int:
        """Of the spans that are found."""
        return int(self.max_span_tokens or self.cfg["longest_tokens"])

    # Training

    @in_own_surroundings
    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | Mapping[str, Any] | None = None,
    ) -> None:
        """Find the labels, and the values of attributes, and make new weights.

        labels (Sequence[str] | Mapping[str, Any]): Such as `spacy init labels` saves, see `label_data`; by default
            those of the examples.
        RAISES (ValueError): No label at all, no encoder, or a suggester that names no spans of the Docs; an attribute
            without values.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        labels, values = self.find_values(get_examples, self.key, labels)
        self._check_labels(labels)
        gold = count_spans(get_examples(), self.key, span_head_of(self.model))
        warn_of_gold(Warnings.B387, gold.misaligned, gold.spans.total(), self.name)
        warn_of_gold(Warnings.B388, gold.not_suggested, gold.spans.total(), self.name)
        warn_of_gold(Warnings.B419, gold.blank_ended, gold.spans.total(), self.name)
        self.annotation_hint = gold.hint(self.key)
        self.initialize_with(sorted(gold.spans) if labels is None else labels, gold.n_examples)
        self.cfg["longest_tokens"] = LONGER * max(gold.longest, 1)
        counts = np.array([gold.spans[label] for label in self.labels])
        _start_from(self, counts, gold)
        self.start_values(values)

    def loss_classes(self, labels: Sequence[str]) -> list[str]:
        return self.kind.classes(labels)

    def output_names(self, labels: Sequence[str]) -> list[str]:
        return self.kind.output_names(labels)

    @in_own_surroundings
    def get_loss(self, examples: Iterable[Example], scores: SpanScores | PredictedSpans) -> Loss:
        examples = list(examples)
        given = scores.span_scores if isinstance(scores, PredictedSpans) else scores
        span_scores = checked_scores(given, SpanScores, [eg.predicted for eg in examples], self.name)
        for eg in examples:
            self.check_gold(eg)
        gold, weights = gold_spans(examples, self.key, self.labels), self.class_weights()

        def loss_of(logits: Tensor, candidates: Candidates) -> Loss:
            values = self.kind.gold(gold, candidates, len(self.labels))
            return self.kind.loss(logits, values, self.controls, weights)

        candidates = learned_from(span_scores, gold, self.finder_threshold, self.longest_tokens)
        of_values = self.loss_of_values(examples, span_scores, self.key, int(gold.is_annotated.sum()))
        return loss_of_spans(span_scores, gold, candidates, loss_of).plus(of_values)

    # Prediction

    @in_own_surroundings
    def decode(self, raw_scores: SpanScores) -> PredictedSpans:
        self.check_scores(raw_scores.bounds.detach().cpu().numpy())
        thresholds = self.label_thresholds()
        found = []
        for candidates, probabilities in self._probabilities(raw_scores, self.temperature()):
            self.check_scores(probabilities)
            found.append(self.kind.predicted(candidates, probabilities, thresholds))
        spans = self.kind.settled(concatenated(found), len(raw_scores.tokens), self.temperature())
        return self.with_values(spans, raw_scores)

    def _probabilities(self, scores: SpanScores, temperature: float) -> Iterator[tuple[Candidates, np.ndarray]]:
        """Of the candidates, a bounded number at once: (n_candidates, n_outputs)."""
        with torch.no_grad():
            sums = scores.sums()
            for candidates in scores.looked_at(self.finder_threshold, self.longest_tokens):
                logits = scores.logits(candidates, sums)
                # Times 0, so that there is no probability of 1 of an infinite logit.
                probabilities = self.kind.categories.probabilities(logits / temperature) + 0 * logits
                yield candidates, probabilities.cpu().numpy()

    def set_annotations(self, docs: Sequence[Doc], spans: PredictedSpans) -> None:
        scores = spans.span_scores
        if scores is not None and not have_tokens(docs, scores.tokens_per_doc, scores.tokens):  # merged or split since
            spans = self.predict(docs)
        write_spans(docs, spans, self.labels, key=self.key, attributes=self.attribute_values)

    # Answers

    def check_gold(self, eg: Example) -> None:
        check_spans(eg, self.key, self.labels, self.name)
        check_values(eg, self.key, self.attribute_values, self.name)
        self.kind.check_gold(eg.reference.spans.get(self.key, ()), self.name)

    def is_annotated(self, gold: Doc) -> bool:
        return self.key in gold.spans

    def summarize_gold(self, examples: Iterable[Example]) -> GoldSummary:
        examples = list(examples)
        summary = summarize_spans(count_spans(examples, self.key, span_head_of(self.model)))
        return summary._replace(attributes=self.count_values(examples, self.key).summary())

    def confidence(self, raw_scores: Sequence[SpanScores], examples: Sequence[Example]) -> Confidence:
        return confidence_of_spans(
            self._label_scores, raw_scores, gold_of_each(raw_scores, examples, self.key, self.labels)
        )

    def explained(self, text: Doc | Span, label: str | None, raw_scores: SpanScores) -> Explained:
        return explained_span(self, text, label, raw_scores, temperature=self.temperature())

    def explained_parts(self, doc: Doc) -> Sequence[Span]:
        group = doc.spans.get(self.key, ())
        return [span for span in group if span.label_ in self.labels and get_score(span) is not None]

    def annotated_scores(
        self, raw_scores: Sequence[SpanScores], examples: Sequence[Example]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        gold = gold_of_each(raw_scores, examples, self.key, self.labels)
        scores_at = partial(self._label_scores, temperature=self.temperature())
        return scores_of_each_label(scores_at, raw_scores, gold, len(self.labels))

    def _label_scores(self, scores: SpanScores, temperature: float) -> Iterator[tuple[Candidates, np.ndarray]]:
        for candidates, probabilities in self._probabilities(scores, temperature):
            yield candidates, self.kind.of_labels(probabilities)


def _start_from(spancat: BertSpanCategorizer, spans: np.ndarray, gold: SpanCounts) -> None:
    """Weights of classes, and first scores, from what is annotated. spans: Of each label: (n_labels,)."""
    positive, negative = spancat.kind.counts(spans, gold.n_candidates)
    if spancat.controls.is_balanced:
        spancat._balance(spancat.kind.categories.balanced(positive, negative))
    module = span_module_of(spancat.model)
    prior = spancat.kind.categories.prior(positive, negative, spancat.class_weights())
    module.start_from(spancat.kind.outputs(prior))
    bounds = np.array([gold.n_firsts, gold.n_lasts])
    module.start_bounds_from(log_odds(bounds, gold.n_tokens - bounds))
