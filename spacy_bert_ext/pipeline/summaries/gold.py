"""Gold summaries: which of a predicted Doc's sentences they hold, and what of them fits no sentence."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from spacy.pipeline import Sentencizer
from spacy.tokens import Doc, Span
from spacy.training import Example

from ...pieces.sentences import Sentences, sentences_of
from ..answers import GoldFault, GoldSummary
from ..gold_faults import other_groups

MOST = 0.5  # of a sentence's tokens: more than this share is to be gold

IN_SUMMARY, NOT_IN_SUMMARY = "in the summary", "not in the summary"


class GoldSentences(NamedTuple):
    """is_gold: Of each sentence of a predicted Doc: (n_sentences,). unfit: Gold spans that fit none of them."""

    is_gold: np.ndarray
    unfit: list[Span]


def gold_of(eg: Example, sentences: Sentences, key: str) -> GoldSentences:
    """A sentence is gold if gold spans have most of its tokens, white space left out.

    sentences (Sentences): Of the predicted Doc.
    key (str): Of the group in the gold Doc, which has it.
    """
    of_tokens, n_sentences = sentences.of_tokens(), len(sentences.first)
    blank = np.array([token.is_space for token in eg.predicted], dtype=bool)
    sizes = np.bincount(of_tokens[(of_tokens >= 0) & ~blank], minlength=n_sentences)
    covered = np.zeros(len(eg.predicted), dtype=bool)
    of_spans: list[tuple[Span, np.ndarray]] = []
    for span in eg.reference.spans[key]:
        tokens = np.unique(eg.alignment.y2x[span.start : span.end]).astype(np.int64)
        tokens = tokens[~blank[tokens] & (of_tokens[tokens] >= 0)]
        covered[tokens] = True
        of_spans.append((span, np.unique(of_tokens[tokens])))
    is_gold = np.bincount(of_tokens[covered], minlength=n_sentences) > MOST * sizes
    return GoldSentences(is_gold, [span for span, found in of_spans if not is_gold[found].any()])


def gold_numbers(examples: Sequence[Example], sentences: Sentences, key: str) -> np.ndarray:
    """1 for gold sentences of the predicted Docs, else 0; nan where the gold Doc has no group: (n_sentences,)."""
    found = [np.zeros(0)]
    for eg, own in zip(examples, sentences.of_docs()):
        is_annotated = key in eg.reference.spans
        found.append(gold_of(eg, own, key).is_gold.astype(float) if is_annotated else np.full(len(own.first), np.nan))
    return np.concatenate(found)


def take_sentences(eg: Example) -> None:
    """Give a predicted Doc that has no sentences those of its gold Doc, if that has any.

    In training predicted Docs have none but those of components in `annotating_components`.
    """
    if not eg.predicted.has_annotation("SENT_START") and eg.reference.has_annotation("SENT_START"):
        for token, is_start in zip(eg.predicted, eg.get_aligned_sent_starts()):
            token.is_sent_start = bool(is_start)


def _with_sentences(eg: Example) -> Example:
    """To count by: where neither Doc has sentences, those that a sentencizer finds. The example stays as it is."""
    if eg.predicted.has_annotation("SENT_START"):
        return eg
    copy = Example(Doc(eg.predicted.vocab, words=[t.text for t in eg.predicted], spaces=_spaces(eg)), eg.reference)
    take_sentences(copy)
    if not copy.predicted.has_annotation("SENT_START"):
        Sentencizer()(copy.predicted)
    return copy


def _spaces(eg: Example) -> list[bool]:
    return [bool(token.whitespace_) for token in eg.predicted]


@dataclass
class SummaryCounts:
    """What some examples have annotated.

    n_gold, n_other: Sentences that are part of a summary, and others, of annotated Docs.
    n_spans: Gold spans. unfit: Those with half or less of each sentence.
    other_keys: Of gold spans in Docs without the key.
    """

    n_examples: int = 0
    n_unannotated: int = 0
    n_gold: int = 0
    n_other: int = 0
    n_spans: int = 0
    unfit: list[Span] = field(default_factory=list)
    other_keys: set[str] = field(default_factory=set)

    def summary(self) -> GoldSummary:
        fault = GoldFault(
            [repr(span.text[:40]) for span in self.unfit],
            "fit no sentence",
            "They are not learned. Gold spans are whole sentences, as the pipeline finds them: correct their "
            "boundaries, or let another component find the sentences.",
            self.n_spans,
        )
        counts = Counter({IN_SUMMARY: self.n_gold, NOT_IN_SUMMARY: self.n_other}) if self.n_gold else Counter[str]()
        return GoldSummary(counts, self.n_unannotated, [fault] if fault.items else [])

    def hint(self, key: str) -> str:
        """What to annotate if there is nothing."""
        return f'sentences in `doc.spans["{key}"]`{other_groups(self.other_keys)}'


def count_summaries(examples: Iterable[Example], key: str, name: str) -> SummaryCounts:
    """name (str): Of the component."""
    counts = SummaryCounts()
    for eg in examples:
        counts.n_examples += 1
        if key not in eg.reference.spans:
            counts.n_unannotated += 1
            counts.other_keys.update(eg.reference.spans)
            continue
        eg = _with_sentences(eg)
        found = gold_of(eg, sentences_of([eg.predicted], name), key)
        n_gold = int(found.is_gold.sum())
        counts.n_gold += n_gold
        counts.n_other += len(found.is_gold) - n_gold
        counts.n_spans += len(eg.reference.spans[key])
        counts.unfit += found.unfit
    return counts
