"""What trained and untrained summarizers have in common: gold, lengths, what is written on Docs."""

from collections.abc import Iterable, Sequence
from typing import Any

from spacy.tokens import Doc, Span
from spacy.training import Example
from spacy.vocab import Vocab
from thinc.api import Model

from ..errors import Errors
from ..losses.controls import LossControls
from ..pieces.sentences import sentences_of
from ..ranking.choosing import Length, check_redundancy
from ..types import Scorer
from .answers import GoldSummary, GoldWords
from .bert_head import BertHead
from .summaries.extensions import define_summaries, get_summary_score
from .summaries.gold import count_summaries
from .summaries.ranked import RankedDoc, Shape, summary_of, write_summary

SAME = object()  # a limit that stays as it is set


class Summarizer(BertHead):
    """Chooses sentences of a Doc, which another component has found, for its summary.

    `doc.spans["summary"]` has them in the order of the text, without white space at either end; `span._.summary_score`
    is there of every sentence; `doc._.summary` is the text.

    spans_key (str): Of the group in `doc.spans`, in gold and predicted Docs. Gold Docs without it are not annotated.
    shape (Shape): How long summaries are, and how much alike their sentences may be.
    overwrite (bool): Whether a group is replaced that a Doc has already.
    """

    gold_words = GoldWords(
        "sentences of summaries", 'Set `doc.spans["summary"]` of the training Docs.', "All gold spans are sentences"
    )
    labels: tuple[str, ...] = ()  # a sentence is part of the summary, or not

    def __init__(
        self,
        vocab: Vocab,
        model: Model[Any, Any],
        name: str,
        *,
        spans_key: str,
        shape: Shape,
        overwrite: bool,
        controls: LossControls,
        scorer: Scorer | None,
    ) -> None:
        check_redundancy(shape.max_redundancy)
        super().__init__(vocab, model, name, controls=controls, scorer=scorer, spans_key=spans_key)
        self.shape, self.overwrite = shape, overwrite

    def define_extensions(self) -> None:
        super().define_extensions()
        define_summaries()

    @property
    def key(self) -> str:
        """Of the group in `doc.spans`."""
        return str(self.cfg["spans_key"])

    def set_annotations(self, docs: Sequence[Doc], ranked: Sequence[RankedDoc]) -> None:
        for doc, of_doc in zip(docs, ranked):
            write_summary(doc, of_doc, self.shape, key=self.key, overwrite=self.overwrite)

    def summarize(
        self,
        doc: Doc,
        *,
        n_sents: int | None = None,
        ratio: float | None = None,
        max_tokens: int | None = None,
        max_redundancy: Any = SAME,
    ) -> list[Span]:
        """A summary of another length, from the scores that the component has left on the Doc. Nothing is changed.

        n_sents, ratio, max_tokens: See `Length`. None of them: the component's own length.
        max_redundancy (float): See `choose`; None for no limit. By default the component's own.
        RAISES (ValueError): The component has not processed the Doc; two lengths, or an illegal one.
        """
        own = n_sents is None and ratio is None and max_tokens is None
        length = self.shape.length if own else Length(n_sents, ratio, max_tokens)
        if max_redundancy is SAME:
            max_redundancy = self.shape.max_redundancy
        check_redundancy(max_redundancy)
        sentences = sentences_of([doc], self.name)
        ranked = RankedDoc(sentences.first, sentences.last, sentences.first.astype(float))
        scores = [get_summary_score(span) for span in ranked.spans(doc)]
        for place, score in enumerate(scores):
            if score is None:
                raise ValueError(Errors.B463.format(name=self.name, text=doc.text[:50]))
            ranked.scores[place] = score
        return summary_of(doc, ranked, Shape(length, max_redundancy))

    # Answers

    def summarize_gold(self, examples: Iterable[Example]) -> GoldSummary:
        return count_summaries(examples, self.key, self.name).summary()
