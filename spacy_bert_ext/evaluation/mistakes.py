"""The mistakes a reader should see first, cut out of their Docs."""

from collections.abc import Sequence
from typing import NamedTuple

from spacy.tokens import Span
from spacy.training import Example

from .categories import Categorizer, Decision
from .matching import Match
from .span_sources import SpanSource

CONTEXT_CHARS = 140  # shown on each side of a wrong span
MAX_CHARS = 400  # of a wrong span, or of a Doc with wrong categories
MAX_MARKS = 40  # of an excerpt: a model that is not trained may find hundreds of spans that overlap
LONGEST_WORD = 30  # characters in which a cut looks for a space


class Mark(NamedTuple):
    """A span in an excerpt: characters from `start` to `end`. mistaken: Whether it is what the excerpt is about."""

    start: int
    end: int
    label: str
    mistaken: bool


class Excerpt(NamedTuple):
    """A piece of a Doc's text. Is there more before it, and after?"""

    text: str
    marks: list[Mark]
    cut_before: bool
    cut_after: bool


class SpanMistake(NamedTuple):
    """doc: Number in the corpus, from 1. kind: See `matching.KINDS`. score: Of the prediction, if it has one."""

    doc: int
    kind: str
    score: float | None
    gold: Excerpt
    predicted: Excerpt


class SpanMistakes(NamedTuple):
    """wrong: Predictions, those with the highest scores first. missed: Gold spans, which have no score."""

    wrong: list[SpanMistake]
    missed: list[SpanMistake]


class CategoryMistake(NamedTuple):
    """gold, predicted: Labels; predicted ones with their scores, and gold ones that were not predicted with theirs."""

    doc: int
    confidence: float
    excerpt: Excerpt
    gold: list[str]
    predicted: list[tuple[str, float]]
    missed: list[tuple[str, float]]


def span_mistakes(
    source: SpanSource, examples: Sequence[Example], compared: Sequence[list[Match] | None], n_mistakes: int
) -> SpanMistakes:
    """Wrong predictions and missed spans share the places in proportion to their numbers.

    compared (Sequence): Of each example, see `compare_spans`.
    """
    mistaken = [
        (number, eg, match)
        for number, (eg, matches) in enumerate(zip(examples, compared), start=1)
        for match in matches or ()
        if match.kind != "correct"
    ]
    missed = [found for found in mistaken if found[2].predicted is None]
    wrong = [found for found in mistaken if found[2].predicted is not None]
    wrong.sort(key=lambda found: -(_score(found[2]) or 0.0))
    n_missed = min(len(missed), round(n_mistakes * len(missed) / max(1, len(mistaken))))
    shown = (wrong[: n_mistakes - n_missed], missed[:n_missed])
    return SpanMistakes(*([_span_mistake(source, *found) for found in part] for part in shown))


def _score(match: Match) -> float | None:
    return None if match.predicted is None else match.predicted.score


def _span_mistake(source: SpanSource, number: int, eg: Example, match: Match) -> SpanMistake:
    pair = [None if one is None else one.span for one in (match.gold, match.predicted)]
    spans = [span for span in pair if span is not None]
    start, end = min(span.start_char for span in spans), max(span.end_char for span in spans)
    bounds = _around(eg.reference.text, start, min(end, start + MAX_CHARS), CONTEXT_CHARS)
    excerpts = [
        _excerpt(doc.text, *bounds, source.spans(doc), span) for doc, span in zip((eg.reference, eg.predicted), pair)
    ]
    return SpanMistake(number, match.kind, _score(match), *excerpts)


def category_mistakes(
    examples: Sequence[Example], decisions: Sequence[Decision | None], categorizer: Categorizer, n_mistakes: int
) -> list[CategoryMistake]:
    """Docs with a wrong category, those first whose score was farthest on the wrong side.

    decisions (Sequence): Of each example, see `decide`.
    """
    wrong = []
    for number, (eg, decision) in enumerate(zip(examples, decisions), start=1):
        if decision is None:
            continue
        gold = [label for label, holds in decision.gold.items() if holds]
        chosen = [label for label, holds in decision.chosen.items() if holds]
        extra, missed = [label for label in chosen if label not in gold], [x for x in gold if x not in chosen]
        if not extra and not missed:
            continue
        score = {label: decision.scores.get(label, 0.0) for label in [*gold, *chosen]}
        if categorizer.exclusive:
            confidence = max((score[label] for label in extra), default=0.0)
        else:
            confidence = max([*(score[label] for label in extra), *(1 - score[label] for label in missed)])
        wrong.append((confidence, number, eg.reference.text, gold, chosen, missed, score))
    wrong.sort(key=lambda found: -found[0])
    return [
        CategoryMistake(
            doc=number,
            confidence=confidence,
            excerpt=_excerpt(text, *_around(text, 0, 0, MAX_CHARS)),
            gold=gold,
            predicted=[(label, score[label]) for label in chosen],
            missed=[(label, score[label]) for label in missed],
        )
        for confidence, number, text, gold, chosen, missed, score in wrong[:n_mistakes]
    ]


def _around(text: str, start: int, end: int, context: int) -> tuple[int, int]:
    """Characters from `start` to `end` with so many around them, cut at spaces where there are any near."""
    first, last = max(0, start - context), min(len(text), end + context)
    if first > 0:
        space = text.find(" ", first, min(first + LONGEST_WORD, start))
        first = first if space < 0 else space + 1
    if last < len(text):
        space = text.rfind(" ", max(last - LONGEST_WORD, end), last)
        last = last if space < 0 else space
    return first, last


def _excerpt(text: str, start: int, end: int, spans: Sequence[Span] = (), mistaken: Span | None = None) -> Excerpt:
    """With marks for its spans, in their order; where there are too many, for those at its middle."""
    marks = [
        Mark(
            max(0, span.start_char - start),
            min(end, span.end_char) - start,
            span.label_,
            mistaken is not None and span == mistaken,
        )
        for span in spans
        if span.start_char < end and span.end_char > start
    ]
    if len(marks) > MAX_MARKS:
        nearest = sorted(marks, key=lambda mark: (not mark.mistaken, abs(mark.start + mark.end - (end - start))))
        marks = sorted(nearest[:MAX_MARKS])
    return Excerpt(text[start:end], marks, cut_before=start > 0, cut_after=end < len(text))
