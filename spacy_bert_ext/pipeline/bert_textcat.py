"""Categories: document scores → probabilities → `doc.cats`."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import numpy as np
import torch
from spacy.errors import Errors as SpacyErrors
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab
from torch import Tensor

from ..errors import Errors, Warnings
from ..explanation.explained import Explained
from ..heads.model import head_module_of
from ..heads.module import HeadModule
from ..heads.text_classifier import TextClassifierModel
from ..losses.controls import LossControls
from ..losses.loss import Loss
from ..runtime.surroundings import in_own_surroundings
from ..settings import check_number, from_0_to_1
from ..types import Scorer
from .answers import GoldFault, GoldSummary, GoldWords
from .categories.explaining import explained_category
from .categories.gold import CategoryCounts, check_categories, check_positive_label, has_text
from .categories.kinds import CategoryKind, Exclusive, Independent
from .categories.shared_labels import tell_of_shared_labels
from .confidence import Confidence
from .exported import Exported, export_text_classifier
from .label_thresholds import LabelThresholds
from .labelled_head import LabelledHead


class BertTextCategorizer(LabelledHead):
    """Predicts categories of whole Docs, of which exactly one holds: softmax.

    Categories that other components set stay in `doc.cats`. A Doc without text, empty or of white space alone, has a
    score of 0 for each category. It is not learned from: its scores would be the categories' frequencies.

    threshold (float): From 0 to 1: a best category with a lower score is not among `categories(doc)`. Evaluation counts
        it all the same.
    """

    annotation_hint = "categories in `doc.cats`"
    gold_words = GoldWords("categories", "Set `doc.cats` of the training Docs.")
    exclusive = True
    kind: CategoryKind = Exclusive()

    def __init__(
        self,
        vocab: Vocab,
        model: TextClassifierModel,
        name: str = "bert_textcat",
        *,
        threshold: float,
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        check_number("threshold", threshold, from_0_to_1, "from 0 to 1")
        super().__init__(vocab, model, name, controls=controls, scorer=scorer)
        self.cfg.update(threshold=threshold, positive_label=None)

    @in_own_surroundings
    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
        positive_label: str | None = None,
    ) -> None:
        """Find the labels and make new weights.

        labels (Sequence[str]): Categories, such as `spacy init labels` saves; by default those of the examples.
        positive_label (str): With exactly two categories that exclude each other: the one whose precision, recall and
            F-score count.
        RAISES (ValueError): No label at all, only one where they exclude each other, gold values that contradict this,
            or no encoder.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        self._check_labels(labels)
        gold = CategoryCounts()
        counted = None if labels is None else [*self.labels, *labels]
        for eg in get_examples():
            checked = eg.reference.cats if labels is None else labels
            check_categories(eg.reference, checked, self.name, exclusive=self.exclusive)
            gold.add(eg.reference, counted, exclusive=self.exclusive)
        chosen = list(dict.fromkeys([*self.labels, *(sorted(gold.found) if labels is None else labels)]))
        if self.exclusive and len(chosen) == 1:
            raise ValueError(SpacyErrors.E867)
        check_positive_label(positive_label, chosen, self.name, exclusive=self.exclusive)
        self.initialize_with(chosen, gold.n_docs)
        if nlp is not None:
            tell_of_shared_labels(self, nlp)
        self.cfg["positive_label"] = positive_label
        always = [] if self.exclusive else gold.never_false(self.labels)
        if always:
            shown, total = ", ".join(always), len(self.labels)
            warnings.warn(Warnings.B245.format(name=self.name, n_labels=len(always), total=total, labels=shown))
        positive, negative = gold.of(self.labels)
        if self.controls.is_balanced:
            self._balance(self.kind.balanced(positive, negative))
        head_module_of(self.model).start_from(self.kind.prior(positive, negative, self.class_weights()))

    @in_own_surroundings
    def decode(self, raw_scores: Tensor) -> np.ndarray:
        """Probabilities: (n_docs, n_labels)."""
        # Times 0, so that there is no probability of 1 of an infinite logit.
        found = (self.kind.probabilities(raw_scores / self.temperature()) + 0 * raw_scores).cpu().numpy()
        self.check_scores(found)
        return found

    def set_annotations(self, docs: Sequence[Doc], scores: np.ndarray) -> None:
        labels, nothing = self.labels, [0.0] * len(self.labels)
        for doc, row in zip(docs, scores.tolist()):
            doc.cats.update(zip(labels, row if has_text(doc) else nothing))

    def check_calibration(self, settings: dict[str, Any]) -> None:
        super().check_calibration(settings)
        check_number("threshold", settings.get("threshold", self.cfg["threshold"]), from_0_to_1, "from 0 to 1")

    def categories(self, doc: Doc) -> list[str]:
        """The best category, if its score is at or over the threshold; none of a Doc without text.

        RAISES (ValueError): The component has not processed the Doc.
        """
        scores = self._scores_of(doc)
        best = max(scores, key=lambda label: scores[label])
        return [best] if scores[best] >= self.cfg["threshold"] and has_text(doc) else []

    def _scores_of(self, doc: Doc) -> dict[str, float]:
        missing = [label for label in self.labels if label not in doc.cats]
        if missing or not self.labels:
            raise ValueError(Errors.B087.format(name=self.name, label=", ".join(missing), text=doc.text[:50]))
        return {label: doc.cats[label] for label in self.labels}

    @in_own_surroundings
    def get_loss(self, examples: Iterable[Example], scores: Tensor | np.ndarray) -> Loss:
        """scores (Tensor or ndarray): Logits, as the model gives them, or probabilities, as `predict` does."""
        gold = self.gold_categories(examples)
        return self.kind.loss(self._logits(scores, gold.shape), gold, self.controls, self.class_weights())

    def _logits(self, scores: Tensor | np.ndarray, shape: tuple[int, int]) -> Tensor:
        found = getattr(scores, "shape", None)
        if found is None or tuple(found) != shape:
            found = type(scores).__name__ if found is None else f"an array of shape {tuple(found)}"
            raise ValueError(Errors.B113.format(name=self.name, allowed=f"an array of shape {shape}", found=found))
        if isinstance(scores, Tensor):
            return scores
        # A probability that was rounded to 0 or 1 has no logit.
        probabilities = np.clip(scores, np.finfo(np.float32).tiny, 1 - np.finfo(np.float32).epsneg)
        return torch.from_numpy(self.kind.logits(probabilities.astype(np.float64)) * self.temperature())

    def gold_categories(self, examples: Iterable[Example]) -> np.ndarray:
        """Gold values, nan where not annotated or where there is no text to learn from: (n_docs, n_labels)."""
        rows = []
        for eg in examples:
            self.check_gold(eg)
            cats = eg.reference.cats if has_text(eg.predicted) else {}
            rows.append([cats.get(label, np.nan) for label in self.labels])
        return np.array(rows, dtype=np.float64).reshape(-1, len(self.labels))

    # Answers

    def check_gold(self, eg: Example) -> None:
        check_categories(eg.reference, self.labels, self.name, exclusive=self.exclusive)

    def is_annotated(self, gold: Doc) -> bool:
        return bool(gold.cats)

    def summarize_gold(self, examples: Iterable[Example]) -> GoldSummary:
        gold = CategoryCounts()
        for eg in examples:
            gold.add(eg.reference, None, exclusive=self.exclusive)
        fault = GoldFault(
            [] if self.exclusive else gold.never_false(gold.found),
            "are nowhere annotated as false",
            "They would be predicted for every text. Give each Doc all categories, 1.0 for those that hold and 0.0 for "
            "the others: what is not annotated is not learned from.",
            in_training=True,
        )
        return GoldSummary(gold.holding, gold.n_unannotated, [fault] if fault.items else [])

    def confidence(self, raw_scores: Sequence[Tensor], examples: Sequence[Example]) -> Confidence:
        logits = [np.zeros((0, len(self.labels))), *(part.cpu().double().numpy() for part in raw_scores)]
        return self.kind.confidence(np.concatenate(logits), self.gold_categories(examples))

    def explained(self, text: Doc | Span, label: str | None, raw_scores: Tensor) -> Explained:
        return explained_category(self, label, self.decode(raw_scores)[0], temperature=self.temperature())

    def explained_parts(self, doc: Doc) -> Sequence[Doc]:
        return [doc] if has_text(doc) else []

    def exported(self) -> Exported:
        return export_text_classifier(self.name, head_module_of(self.model), self.kind.problem_type)

    def use_checkpoint_head(self, module: HeadModule, labels: Sequence[str], names: Sequence[str]) -> None:
        self.use_trained_module(module, labels)


class BertMultilabelTextCategorizer(LabelThresholds, BertTextCategorizer):
    """Predicts categories of whole Docs, any number of which hold: one sigmoid each.

    threshold (float): From 0 to 1: from which score on a category counts as predicted. Labels in `cfg["thresholds"]`,
        which `spacy bert calibrate --thresholds` fills, have their own.
    """

    exclusive = False
    kind = Independent()

    def categories(self, doc: Doc) -> list[str]:
        """The labels with a score at or over their threshold, highest score first; none of a Doc without text.

        RAISES (ValueError): The component has not processed the Doc.
        """
        scores = self._scores_of(doc)
        found = [label for label, threshold in zip(self.labels, self.label_thresholds()) if scores[label] >= threshold]
        return sorted(found, key=lambda label: scores[label], reverse=True) if has_text(doc) else []

    def annotated_scores(
        self, raw_scores: Sequence[Tensor], examples: Sequence[Example]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        probabilities = np.concatenate([self.decode(part) for part in raw_scores])
        for scores, gold in zip(probabilities.T, self.gold_categories(examples).T):
            annotated = ~np.isnan(gold)
            yield scores[annotated].astype(np.float64), gold[annotated] > 0
