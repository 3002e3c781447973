"""What commands ask a head. A head answers for itself; what it does not answer is refused by a code.

`check_gold` alone has an answer by default: that there is nothing to refuse.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any, NamedTuple, NoReturn

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from ..errors import Errors
from ..explanation.explained import Explained
from ..heads.module import HeadModule
from ..huggingface.types import PreTrainedModel, PreTrainedTokenizerFast
from .confidence import Confidence
from .decisions import Decisions
from .exported import Exported


class NoAnswerError(ValueError):
    """A head does not implement what a command needs of it."""


class GoldWords(NamedTuple):
    """How messages call what a head learns.

    what: In the plural: "entities".
    advice: How to annotate it.
    all_fit: What is said where annotation could have faults and has none; "" for nothing.
    """

    what: str
    advice: str
    all_fit: str = ""


class GoldFault(NamedTuple):
    """Annotation that is not learned, or that teaches something else than what is meant.

    items: What has the fault: texts of entities, or labels.
    fault: What is wrong: "don't match the tokens".
    advice: What to do.
    n_of: Of how many items, where that tells something.
    in_training: Whether only training data can have it.
    """

    items: Sequence[str]
    fault: str
    advice: str
    n_of: int | None = None
    in_training: bool = False


class GoldSummary(NamedTuple):
    """What a corpus has annotated for a head.

    counts: How often each label occurs.
    n_unannotated: Docs that give the head no loss.
    faults: Without those that have no items.
    attributes: How often each attribute, of spans that can have any, has each value.
    """

    counts: Counter[str]
    n_unannotated: int
    faults: Sequence[GoldFault] = ()
    attributes: Mapping[str, Counter[str]] = MappingProxyType({})


class HeadAnswers:
    """The questions. A subclass implements those that it can answer.

    gold_words: See `GoldWords`.
    """

    name: str
    gold_words = GoldWords("labels", "Annotate the training Docs.")

    def check_gold(self, eg: Example) -> None:
        """Asked of each training example before it is used.

        RAISES (ValueError): An annotation that the component can't learn: a label or value that it does not know.
        """

    def is_annotated(self, gold: Doc) -> bool:
        """Whether a gold Doc has anything that the component predicts annotated. Asked by `evaluate`."""
        self.refuse("is_annotated")

    def summarize_gold(self, examples: Iterable[Example]) -> GoldSummary:
        """What is annotated, and what of it can't be learned. Asked by `doctor`."""
        self.refuse("summarize_gold")

    def confidence(self, raw_scores: Sequence[Any], examples: Sequence[Example]) -> Confidence:
        """What is annotated of the component's predictions. Asked by `calibrate`.

        raw_scores (Sequence[Any]): What `raw_scores` gave for the examples, buffer by buffer.
        """
        self.refuse("confidence")

    def annotated_scores(
        self, raw_scores: Sequence[Any], examples: Sequence[Example]
    ) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        """Of each label: its scores where it is annotated, at the component's temperature, and whether it holds there.

        Asked by `calibrate --thresholds`, which sets `cfg["thresholds"]` by label. Labels that are not in it have
        `cfg["threshold"]`.
        """
        self.refuse("annotated_scores")

    def decisions(self, raw_scores: Sequence[Any], examples: Sequence[Example]) -> Decisions:
        """What is predicted by one threshold, whatever its label, and what the scorer gives with and without it.

        Asked by `calibrate --thresholds`, which sets `cfg["threshold"]` to what gives the best mean.
        """
        self.refuse("decisions")

    def exported(self) -> Exported:
        """The component as a checkpoint of transformers. Asked by `export`."""
        self.refuse("exported")

    def language_model(self) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
        """The encoder with the component as its language model, as transformers has both, on the CPU in fp32, and the
        tokenizer: for their `save_pretrained`. Asked by `pretrain`.
        """
        self.refuse("language_model")

    def use_checkpoint_head(self, module: HeadModule, labels: Sequence[str], names: Sequence[str]) -> None:
        """Take the head of a fine-tuned checkpoint. Asked by `import`.

        names (Sequence[str]): Of its outputs.
        """
        self.refuse("use_checkpoint_head")

    @property
    def explained_labels(self) -> Sequence[str]:
        """What its explanations may be asked about: by default its labels. Asked by the command `explain`."""
        labels: Sequence[str] = getattr(self, "labels", ())
        return labels

    def explained_parts(self, doc: Doc) -> Sequence[Doc | Span]:
        """What there is to explain in a Doc that the component has processed: the Doc, or each predicted span of it.

        Asked by the command `explain`.
        """
        self.refuse("explained_parts")

    def explained(self, text: Doc | Span, label: str | None, raw_scores: Any) -> Explained:
        """Which number of the component's scores is explained. Asked by `explain`.

        text (Doc | Span): Has a token with pieces.
        label (str): None for that of the Span, or for the best one.
        raw_scores (Any): What the model gives for the Doc.
        RAISES (ValueError): The component does not know the label; or it explains Spans, and got a Doc.
        """
        self.refuse("explained")

    def refuse(self, question: str) -> NoReturn:
        """RAISES (NoAnswerError): Always: the component does not implement this question."""
        raise NoAnswerError(Errors.B300.format(name=self.name, kind=type(self).__name__, question=question))


def answers(pipe: object, question: str) -> bool:
    """Whether a component implements what `HeadAnswers` has as a question of this name."""
    found = getattr(type(pipe), question, None)
    return found is not None and found is not getattr(HeadAnswers, question)


def heads_of(nlp: Language) -> dict[str, HeadAnswers]:
    """The enabled components that can be asked, by name."""
    components: Iterable[tuple[str, object]] = nlp.pipeline
    return {name: pipe for name, pipe in components if isinstance(pipe, HeadAnswers)}
