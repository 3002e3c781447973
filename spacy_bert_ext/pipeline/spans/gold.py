"""Gold spans: counted, numbered by predicted tokens, and those that can't be learned."""

import warnings
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field

import numpy as np
from spacy.tokens import Doc, Span
from spacy.training import Example

from ...arrays.ragged import starts_of
from ...errors import Errors, Warnings
from ...heads.span_classifier import SpanClassifier, SuggesterFailed
from ...losses.span_losses import SHORT_TOKENS, GoldSpans
from ...spans.candidates import Candidates
from ...spans.span_scores import SpanScores
from ..answers import GoldFault, GoldSummary
from ..gold_faults import blank_ended, misaligned, other_groups


@dataclass
class SpanCounts:
    """What some examples have annotated.

    n_unannotated: Docs without the key.
    other_keys: Those of such Docs.
    spans: Gold spans of each label.
    misaligned: Those that no run of predicted tokens matches.
    not_suggested: Those that are no candidates.
    blank_ended: Those that begin or end in white space, as no span does that is found without a suggester.
    n_tokens, n_firsts, n_lasts: Predicted tokens of annotated Docs, and on how many of them a span begins or ends.
    n_candidates: Of annotated Docs.
    longest: In predicted tokens.
    failure: Of the suggester; from then on short spans count as candidates.
    """

    n_examples: int = 0
    n_unannotated: int = 0
    other_keys: set[str] = field(default_factory=set)
    spans: Counter[str] = field(default_factory=Counter)
    misaligned: list[Span] = field(default_factory=list)
    not_suggested: list[Span] = field(default_factory=list)
    blank_ended: list[Span] = field(default_factory=list)
    n_tokens: int = 0
    n_firsts: int = 0
    n_lasts: int = 0
    n_candidates: int = 0
    longest: int = 0
    failure: Exception | None = None

    def add(self, eg: Example, key: str, suggest: Callable[[Sequence[Doc]], Candidates] | None) -> None:
        """suggest (Callable): The candidates of a Doc; None if they are found: then short spans count."""
        self.n_examples += 1
        if key not in eg.reference.spans:
            self.n_unannotated += 1
            self.other_keys.update(eg.reference.spans)
            return
        gold = list(eg.reference.spans[key])
        self.spans.update(span.label_ for span in gold)
        places = [aligned(eg, span) for span in gold]
        self.misaligned += [span for span, place in zip(gold, places) if place is None]
        found = [(span, *place) for span, place in zip(gold, places) if place is not None]
        self.n_tokens += len(eg.predicted)
        firsts, lasts = {first for _, first, _ in found}, {last for _, _, last in found}
        self.n_firsts, self.n_lasts = self.n_firsts + len(firsts), self.n_lasts + len(lasts)
        self.longest = max([self.longest, *(last - first + 1 for _, first, last in found)])
        if suggest is None:
            self.blank_ended += [span for span, *_ in found if span[0].is_space or span[-1].is_space]
        candidates = None if suggest is None or self.failure else self._suggested(suggest, eg.predicted)
        if candidates is None:
            sizes = range(1, SHORT_TOKENS + 1)
            self.n_candidates += sum(max(len(eg.predicted) - size + 1, 0) for size in sizes)
            return
        self.n_candidates += len(candidates.first)
        wanted = np.array([place[1:] for place in found], dtype=np.int64).reshape(-1, 2)
        missed = candidates.find(wanted[:, 0], wanted[:, 1]) < 0
        self.not_suggested += [found[i][0] for i in np.flatnonzero(missed).tolist()]

    def hint(self, key: str) -> str:
        """What to annotate if there is nothing."""
        return f'spans in `doc.spans["{key}"]`{other_groups(self.other_keys)}'

    def _suggested(self, suggest: Callable[[Sequence[Doc]], Candidates], doc: Doc) -> Candidates | None:
        try:
            return suggest([doc])
        except SuggesterFailed as error:  # it may need what other components annotate
            self.failure = error
            return None


def count_spans(examples: Iterable[Example], key: str, head: SpanClassifier) -> SpanCounts:
    """key (str): Of the group in `doc.spans`."""
    counts, suggest = SpanCounts(), None if head.suggester is None else head.suggested
    for eg in examples:
        counts.add(eg, key, suggest)
    if counts.failure is not None:
        cause = counts.failure.__cause__
        shown = f"{type(cause).__name__}: {cause}"
        warnings.warn(Warnings.B418.format(name=head.component, error=shown))
    return counts


def summarize_spans(counts: SpanCounts) -> GoldSummary:
    total = counts.spans.total()
    faults = [
        misaligned(counts.misaligned, total),
        GoldFault(
            [repr(span.text) for span in counts.not_suggested],
            "are not among the suggester's candidates",
            "They are never found. Let the suggester name longer spans, or set `suggester = null`: then spans of any "
            "length are found.",
            total,
        ),
        blank_ended(counts.blank_ended, total),
    ]
    return GoldSummary(counts.spans, counts.n_unannotated, [fault for fault in faults if fault.items])


def gold_spans(examples: Sequence[Example], key: str, labels: Sequence[str]) -> GoldSpans:
    """Docs without the key are not annotated. What is annotated twice counts once, as spaCy's scorer has it."""
    lengths = np.array([len(eg.predicted) for eg in examples], dtype=np.int64)
    number = {label: i for i, label in enumerate(labels)}
    rows: list[tuple[int, int, int]] = []
    for eg, start in zip(examples, starts_of(lengths).tolist()):
        for span in eg.reference.spans.get(key, ()):
            place = aligned(eg, span)
            if place is not None:
                rows.append((start + place[0], start + place[1], number[span.label_]))
    first, last, label = np.array(list(dict.fromkeys(rows)), dtype=np.int64).reshape(-1, 3).T
    annotated = np.array([key in eg.reference.spans for eg in examples], dtype=bool)
    return GoldSpans(first, last, label=label, is_annotated=np.repeat(annotated, lengths))


def gold_of_each(
    raw_scores: Sequence[SpanScores], examples: Sequence[Example], key: str, labels: Sequence[str]
) -> list[GoldSpans]:
    """Of the Docs of each buffer, whose scores are given."""
    ends = np.cumsum([len(part.tokens_per_doc) for part in raw_scores]).tolist()
    return [gold_spans(examples[begin:end], key, labels) for begin, end in zip([0, *ends], ends)]


def aligned(eg: Example, span: Span) -> tuple[int, int] | None:
    """First and last predicted token of a gold span; None if it begins or ends within a token."""
    found = eg.alignment.y2x[span.start : span.end]
    if not len(found):
        return None
    first, last = int(found[0]), int(found[-1])
    back = eg.alignment.x2y[first : last + 1]
    return (first, last) if (back[0], back[-1]) == (span.start, span.end - 1) else None


def check_spans(eg: Example, key: str, labels: Sequence[str], name: str) -> None:
    """RAISES (ValueError): A label that is none of `labels`."""
    for span in eg.reference.spans.get(key, ()):
        if span.label_ not in labels:
            raise ValueError(Errors.B384.format(label=span.label_, key=key, name=name, labels=", ".join(labels)))
