"""Two texts → a number, such as how similar they are: `doc._.pair_score`."""

from collections import Counter
from collections.abc import Callable, Iterable, Sequence

import numpy as np
import torch
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab
from torch import Tensor

from ..errors import Errors
from ..explanation.explained import Explained, place_of
from ..heads.model import head_module_of
from ..heads.module import HeadModule
from ..heads.text_classifier import TextClassifierModel
from ..losses.controls import LossControls
from ..losses.loss import Loss
from ..runtime.surroundings import in_own_surroundings
from ..settings import is_number
from ..types import Scorer
from .answers import GoldSummary, GoldWords
from .exported import Exported
from .pairs.checkpoint import export_number
from .pairs.head import PairHead
from .pairs.numbers import LABEL, PAIR_SCORE, NumberKind, check_controls, number_kind


class BertTextPairScore(PairHead):
    """Predicts a number for two texts. Docs with one text have none.

    score_range (Sequence[float]): The lowest and the highest number, see `numbers.py`; None if there are any.
    """

    annotation_hint = "pairs in `doc._.pair`, with numbers in `doc._.pair_score`"
    gold_words = GoldWords("scores of pairs", "Set `doc._.pair` and `doc._.pair_score` of the training Docs.")

    def __init__(
        self,
        vocab: Vocab,
        model: TextClassifierModel,
        name: str = "bert_textpair_score",
        *,
        border: str | None,
        score_range: Sequence[float] | None,
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        check_controls(controls, name)
        super().__init__(vocab, model, name, controls=controls, scorer=scorer)
        self.kind: NumberKind = number_kind(score_range)
        self.read_pairs(border)

    def define_extensions(self) -> None:
        super().define_extensions()
        if not Doc.has_extension(PAIR_SCORE):
            Doc.set_extension(PAIR_SCORE, default=None)

    def add_label(self, label: str) -> int:
        """RAISES (ValueError): Always, but for the label that there is."""
        if label != LABEL:
            raise ValueError(Errors.B457.format(name=self.name, label=label))
        return super().add_label(label)

    @in_own_surroundings
    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
    ) -> None:
        """Make new weights, which begin with the mean of the numbers.

        RAISES (ValueError): No example has two texts, or none has a number; a number that is out of range; no encoder.
        """
        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        examples = list(self.some_with_pairs(get_examples()))
        gold = self.gold_numbers(examples)
        annotated = gold[~np.isnan(gold)]
        if not len(annotated):
            n_examples = len(examples)
            raise ValueError(Errors.B024.format(name=self.name, n_examples=n_examples, annotation=self.annotation_hint))
        self.initialize_with([LABEL], len(examples))
        head_module_of(self.model).start_from(self.kind.prior(annotated))

    @in_own_surroundings
    def decode(self, raw_scores: Tensor) -> np.ndarray:
        """Numbers: (n_pairs,)."""
        # Times 0, so that an infinite output does not become the end of the range.
        found: np.ndarray = (self.kind.numbers(raw_scores) + 0 * raw_scores).cpu().numpy()
        self.check_scores(found)
        return found[:, 0]

    def set_annotations(self, docs: Sequence[Doc], scores: np.ndarray) -> None:
        for doc, number in zip(self.docs_with_pairs(docs), scores.tolist()):
            doc._.set(PAIR_SCORE, number)

    def described(self, predicted: np.ndarray) -> list[float]:
        """The number of each pair."""
        numbers: list[float] = predicted.tolist()
        return numbers

    @in_own_surroundings
    def get_loss(self, examples: Iterable[Example], scores: Tensor | np.ndarray) -> Loss:
        """scores (Tensor or ndarray): Outputs, as the model gives them, or numbers, as `predict` does."""
        gold = self.gold_numbers(examples)
        shape = gold.shape if isinstance(scores, Tensor) else gold.shape[:1]
        found = getattr(scores, "shape", None)
        if found is None or tuple(found) != shape:
            found = type(scores).__name__ if found is None else f"an array of shape {tuple(found)}"
            raise ValueError(Errors.B113.format(name=self.name, allowed=f"an array of shape {shape}", found=found))
        if isinstance(scores, Tensor):
            return self.kind.loss(scores, gold)
        return self.kind.loss(torch.from_numpy(self.kind.logits(scores[:, None].astype(np.float64))), gold)

    def gold_numbers(self, examples: Iterable[Example]) -> np.ndarray:
        """Of examples with two texts, nan where not annotated: (n_pairs, 1)."""
        numbers = []
        for eg in self.with_pairs(examples):
            self.check_gold(eg)
            numbers.append([np.nan if (number := eg.reference._.get(PAIR_SCORE)) is None else number])
        return np.array(numbers, dtype=np.float64).reshape(-1, 1)

    # Answers

    def check_gold(self, eg: Example) -> None:
        number = eg.reference._.get(PAIR_SCORE)
        if number is not None and not (is_number(number) and self.kind.allows(number)):
            text, allowed = eg.reference.text[:50], self.kind.described
            raise ValueError(Errors.B456.format(name=self.name, found=number, text=text, allowed=allowed))

    def is_annotated(self, gold: Doc) -> bool:
        return self.pair_of(gold) is not None and gold._.get(PAIR_SCORE) is not None

    def summarize_gold(self, examples: Iterable[Example]) -> GoldSummary:
        examples = list(examples)
        n_annotated = sum(map(self.is_annotated, (eg.reference for eg in examples)))
        counts = Counter({LABEL: n_annotated} if n_annotated else {})
        return GoldSummary(counts, len(examples) - n_annotated)

    def explained(self, text: Doc | Span, label: str | None, raw_scores: Tensor) -> Explained:
        place = 0 if label is None else place_of(label, self.labels, self.name)
        return Explained(self.labels[place], self.kind.explained, lambda outputs: outputs[:, place])

    def exported(self) -> Exported:
        return export_number(self.name, head_module_of(self.model), self.kind)

    def use_checkpoint_head(self, module: HeadModule, labels: Sequence[str], names: Sequence[str]) -> None:
        self.use_trained_module(module, labels)
