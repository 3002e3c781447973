"""Two texts → one category, as `bert_textcat` gives it."""

from collections.abc import Callable, Iterable, Sequence

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example, validate_get_examples
from spacy.vocab import Vocab

from ..heads.text_classifier import TextClassifierModel
from ..losses.controls import LossControls
from ..types import Scorer
from .answers import GoldSummary, GoldWords
from .bert_textcat import BertTextCategorizer
from .pairs.head import PairHead


class BertTextPair(PairHead, BertTextCategorizer):
    """Predicts for two texts one of several categories: softmax.

    It has all that `bert_textcat` has. Docs with one text are not categorized.

    border, threshold: See `PairHead` and `BertTextCategorizer`.
    """

    annotation_hint = "pairs in `doc._.pair`, with categories in `doc.cats`"
    gold_words = GoldWords("categories", "Set `doc._.pair` and `doc.cats` of the training Docs.")

    def __init__(
        self,
        vocab: Vocab,
        model: TextClassifierModel,
        name: str = "bert_textpair",
        *,
        border: str | None,
        threshold: float,
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        super().__init__(vocab, model, name, threshold=threshold, controls=controls, scorer=scorer)
        self.read_pairs(border)

    def initialize(
        self,
        get_examples: Callable[[], Iterable[Example]],
        *,
        nlp: Language | None = None,
        labels: Sequence[str] | None = None,
        positive_label: str | None = None,
    ) -> None:
        """As `BertTextCategorizer`; examples with one text don't count.

        RAISES (ValueError): As there; or no example has two texts.
        """

        def with_pairs() -> Iterable[Example]:
            return self.some_with_pairs(get_examples())

        validate_get_examples(get_examples, f"{type(self).__name__}.initialize")
        super().initialize(with_pairs, nlp=nlp, labels=labels, positive_label=positive_label)

    def set_annotations(self, docs: Sequence[Doc], scores: np.ndarray) -> None:
        super().set_annotations(list(self.docs_with_pairs(docs)), scores)

    def categories(self, doc: Doc) -> list[str]:
        """As `BertTextCategorizer`; none of a Doc with one text."""
        return [] if self.pair_of(doc) is None else super().categories(doc)

    def described(self, predicted: np.ndarray) -> list[dict[str, float]]:
        """The score of each category."""
        return [dict(zip(self.labels, row)) for row in predicted.tolist()]

    def gold_categories(self, examples: Iterable[Example]) -> np.ndarray:
        """Of examples with two texts, nan where not annotated: (n_pairs, n_labels)."""
        return super().gold_categories(self.with_pairs(examples))

    # Answers

    def check_gold(self, eg: Example) -> None:
        if self.pair_to_learn(eg) is not None:
            super().check_gold(eg)

    def is_annotated(self, gold: Doc) -> bool:
        return self.pair_of(gold) is not None and super().is_annotated(gold)

    def summarize_gold(self, examples: Iterable[Example]) -> GoldSummary:
        examples = list(examples)
        paired = list(self.with_pairs(examples))
        found = super().summarize_gold(paired)
        return found._replace(n_unannotated=found.n_unannotated + len(examples) - len(paired))
