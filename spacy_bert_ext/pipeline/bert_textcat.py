"""Categories: document scores → probabilities → `doc.cats`."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from numbers import Real

import numpy as np
import torch
from spacy.errors import Errors as SpacyErrors
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab
from torch import Tensor

from ..errors import Errors, Warnings
from ..heads.huggingface_head import HuggingFaceTextHead
from ..heads.text_classifier import TextClassifierModel, TextClassifierModule
from ..losses.category_losses import exclusive_categories, independent_categories
from ..losses.controls import LossControls, balanced_classes, balanced_positives
from ..losses.loss import Loss
from ..losses.priors import log_frequencies, log_odds
from ..runtime.surroundings import in_own_surroundings
from ..settings import check_number, from_0_to_1, is_number
from .bert_head import BertHead


class BertTextCategorizer(BertHead):
    """Predicts categories of whole Docs, of which exactly one holds: softmax.

    Categories that other components set stay in `doc.cats`. A Doc without text, empty or of white space alone, has a
    score of 0 for each category, and is not learned from: scores of nothing would be the categories' frequencies.

    threshold (float): From 0 to 1: a best category with a lower score is not among `categories(doc)`. Evaluation counts
        it all the same.
    """

    annotation_hint = "categories in `doc.cats`"
    exclusive = True

    def __init__(
        self,
        vocab: Vocab,
        model: TextClassifierModel,
        name: str = "bert_textcat",
        *,
        threshold: float,
        controls: LossControls,
        scorer: Callable | None,
    ) -> None:
        check_number("threshold", threshold, from_0_to_1, "from 0 to 1")
        super().__init__(vocab, model, name, controls=controls, scorer=scorer)
        self.cfg.update(threshold=threshold, positive_label=None)

    def output_names(self, labels: Sequence[str]) -> list[str]:
        return list(labels)

    def use_checkpoint_head(self, module: HuggingFaceTextHead, labels: Sequence[str]) -> None:
        """Take the head of an imported checkpoint, with a label for each output."""
        self._use_module(module)
        self._join_encoder()
        self._set_labels(labels)

    def new_module(self, width: int, n_outputs: int) -> TextClassifierModule:
        attrs = self.model.attrs
        return TextClassifierModule(width, n_outputs, pooling=attrs["pooling"], dropout=attrs["dropout"])

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
        n_examples, found, for_label, against_label = 0, {}, Counter(), Counter()
        for eg in get_examples():
            n_examples += 1
            self._check_gold(eg.reference, eg.reference.cats if labels is None else labels)
            found.update(dict.fromkeys(eg.reference.cats))
            if not has_text(eg.reference):
                continue
            own = eg.reference.cats if labels is None else _only(eg.reference.cats, [*self.labels, *labels])
            total = sum(own.values()) if self.exclusive else 1.0
            for label, value in own.items():
                for_label[label] += value / total if total else 0.0
                against_label[label] += 1 - value
        chosen = list(dict.fromkeys([*self.labels, *(sorted(found) if labels is None else labels)]))
        if self.exclusive and len(chosen) == 1:
            raise ValueError(SpacyErrors.E867)
        if positive_label is not None:
            if not self.exclusive:
                raise ValueError(Errors.B151.format(name=self.name, label=positive_label))
            if positive_label not in chosen:
                raise ValueError(SpacyErrors.E920.format(pos_label=positive_label, labels=chosen))
            if len(chosen) != 2:
                raise ValueError(SpacyErrors.E919.format(pos_label=positive_label, labels=chosen))
        self._initialize_with(chosen, n_examples)
        if nlp is not None:
            self._tell_of_shared_labels(nlp)
        self.cfg["positive_label"] = positive_label
        counts = [np.array([counter[label] for label in self.labels]) for counter in (for_label, against_label)]
        self._warn_of(*counts)
        if self.controls.is_balanced:
            self._balance(self.balanced(*counts))
        self._start_from(self.prior(*counts))

    def _warn_of(self, positive: np.ndarray, negative: np.ndarray) -> None:
        """Say what these counts of examples for and against each label, (n_labels,), make impossible to learn."""

    def _tell_of_shared_labels(self, nlp: Language) -> None:
        """Categories stand in `doc.cats` by their label alone: the last component that sets one wins."""
        for name, pipe in nlp.pipeline:
            if pipe is self:
                return
            if "doc.cats" in nlp.get_pipe_meta(name).assigns:
                shared = [label for label in self.labels if label in getattr(pipe, "labels", ())]
                if shared:
                    warnings.warn(Warnings.B166.format(name=self.name, other=name, labels=", ".join(shared)))

    def balanced(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Weights of these counts of examples for and against each label: (n_labels,)."""
        return balanced_classes(positive)

    def prior(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        """Logits of these counts of examples for and against each label: (n_labels,)."""
        return log_frequencies(positive, self.class_weights())

    @in_own_surroundings
    def decode(self, raw_scores: Tensor) -> np.ndarray:
        """Probabilities: (n_docs, n_labels)."""
        # Times 0, so that there is no probability of 1 of an infinite logit.
        found = (self.probabilities(raw_scores / self.temperature()) + 0 * raw_scores).cpu().numpy()
        self.check_scores(found)
        return found

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.softmax(dim=1)

    def set_annotations(self, docs: Sequence[Doc], scores: np.ndarray) -> None:
        labels, nothing = self.labels, [0.0] * len(self.labels)
        for doc, row in zip(docs, scores.tolist()):
            doc.cats.update(zip(labels, row if has_text(doc) else nothing))

    def check_calibration(self, settings: dict) -> None:
        super().check_calibration(settings)
        check_number("threshold", settings.get("threshold", self.cfg["threshold"]), from_0_to_1, "from 0 to 1")

    def categories(self, doc: Doc) -> list[str]:
        """The best category, if its score is at or over the threshold; none of a Doc without text.

        RAISES (ValueError): The component has not processed the Doc.
        """
        scores = self._scores_of(doc)
        best = max(scores, key=scores.get)
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
        return self.loss_of(self._logits(scores, gold.shape), gold)

    def loss_of(self, logits: Tensor, gold: np.ndarray) -> Loss:
        return exclusive_categories(logits, gold, self.controls, self.class_weights())

    def _logits(self, scores: Tensor | np.ndarray, shape: tuple[int, int]) -> Tensor:
        found = getattr(scores, "shape", None)
        if found is None or tuple(found) != shape:
            found = type(scores).__name__ if found is None else f"an array of shape {tuple(found)}"
            raise ValueError(Errors.B113.format(name=self.name, allowed=f"an array of shape {shape}", found=found))
        if isinstance(scores, Tensor):
            return scores
        # A probability that was rounded to 0 or 1 has no logit.
        probabilities = np.clip(scores, np.finfo(np.float32).tiny, 1 - np.finfo(np.float32).epsneg)
        return torch.from_numpy(self.logits_of(probabilities.astype(np.float64)) * self.temperature())

    def logits_of(self, probabilities: np.ndarray) -> np.ndarray:
        return np.log(probabilities)

    def gold_categories(self, examples: Iterable[Example]) -> np.ndarray:
        """Gold values, nan where not annotated or where there is no text to learn from: (n_docs, n_labels)."""
        rows = []
        for eg in examples:
            self._check_gold(eg.reference, self.labels)
            cats = eg.reference.cats if has_text(eg.predicted) else {}
            rows.append([cats.get(label, np.nan) for label in self.labels])
        return np.array(rows, dtype=np.float64).reshape(-1, len(self.labels))

    def check_gold(self, eg: Example) -> None:
        self._check_gold(eg.reference, self.labels)

    def _check_gold(self, gold: Doc, labels: Iterable[str]) -> None:
        """Gold values of these labels; others in `cats` may belong to another categorizer."""
        own = _only(gold.cats, labels)
        for label, value in own.items():
            if not isinstance(value, (Real, np.bool_)) or not 0 <= value <= 1:
                raise ValueError(Errors.B027.format(name=self.name, value=value, label=label, text=gold.text[:50]))
        if self.exclusive and sum(value == 1 for value in own.values()) > 1:
            raise ValueError(SpacyErrors.E895.format(value=own))


class BertMultilabelTextCategorizer(BertTextCategorizer):
    """Predicts categories of whole Docs, any number of which hold: one sigmoid each.

    threshold (float): From 0 to 1: from which score on a category counts as predicted. Labels in `cfg["thresholds"]`,
        which `spacy bert calibrate --thresholds` fills, have their own.
    """

    exclusive = False

    def _forget_calibration(self) -> None:
        super()._forget_calibration()
        self.cfg["thresholds"] = {}

    def check_calibration(self, settings: dict) -> None:
        super().check_calibration(settings)
        thresholds = settings.get("thresholds", {})
        if not isinstance(thresholds, dict):
            raise ValueError(f"its `thresholds` are {thresholds!r}, no table")
        for label, threshold in thresholds.items():
            if label not in settings["labels"]:
                raise ValueError(f"{label!r} among its `thresholds` is none of its labels")
            if not is_number(threshold) or not from_0_to_1(threshold):
                raise ValueError(f"the threshold of {label!r} is {threshold!r}, no number from 0 to 1")

    def categories(self, doc: Doc) -> list[str]:
        """The labels with a score at or over their threshold, highest score first; none of a Doc without text.

        RAISES (ValueError): The component has not processed the Doc.
        """
        scores, thresholds, single = self._scores_of(doc), self.cfg["thresholds"], self.cfg["threshold"]
        found = [label for label, score in scores.items() if score >= thresholds.get(label, single)]
        return sorted(found, key=scores.get, reverse=True) if has_text(doc) else []

    def probabilities(self, logits: Tensor) -> Tensor:
        return logits.sigmoid()

    def logits_of(self, probabilities: np.ndarray) -> np.ndarray:
        return np.log(probabilities) - np.log1p(-probabilities)

    def loss_of(self, logits: Tensor, gold: np.ndarray) -> Loss:
        return independent_categories(logits, gold, self.controls, self.class_weights())

    def _warn_of(self, positive: np.ndarray, negative: np.ndarray) -> None:
        always = [label for label, n, n_not in zip(self.labels, positive, negative) if n and not n_not]
        if always:
            shown = ", ".join(always)
            warnings.warn(Warnings.B245.format(name=self.name, n_labels=len(always), total=len(positive), labels=shown))

    def balanced(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        return balanced_positives(positive, negative)

    def prior(self, positive: np.ndarray, negative: np.ndarray) -> np.ndarray:
        return log_odds(positive, negative, self.class_weights())


def never_false(all_cats: Iterable[Mapping[str, float]]) -> list[str]:
    """Labels that hold wherever they are annotated, so that nothing tells where they don't."""
    lowest: dict[str, float] = {}
    for cats in all_cats:
        for label, value in cats.items():
            lowest[label] = min(value, lowest.get(label, value))
    return [label for label, value in lowest.items() if value == 1]


def _only(cats: dict[str, float], labels: Iterable[str]) -> dict[str, float]:
    return {label: cats[label] for label in labels if label in cats}


def has_text(doc: Doc) -> bool:
    """Whether there is more to it than white space."""
    return any(not token.is_space for token in doc)
