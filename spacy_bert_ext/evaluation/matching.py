"""Gold spans beside predicted ones, each in exactly one class of right or wrong.

The classes are those of MUC-5 (Chinchor & Sundheim 1993), with partial and incorrect answers told apart as in SemEval-
2013 task 9.1 (Segura-Bedmar et al. 2013):

    correct               same tokens, same label
    type                  same tokens, another label
    boundary              other tokens that overlap, same label
    boundary_and_type     other tokens that overlap, another label
    missed                gold, overlapping no prediction that is left
    spurious              predicted, overlapping no gold span that is left

A span makes a pair with one other at most, also where spans overlap: pairs are formed in the order of the classes,
within a class by the share of tokens in common. So a gold span that is found is never confused with another one.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from typing import NamedTuple

from spacy.tokens import Span

PAIRED = ("correct", "type", "boundary", "boundary_and_type")
KINDS = (*PAIRED, "missed", "spurious")


class LabelledSpan(NamedTuple):
    """start, end: Gold tokens, counted from 0, `end` exclusive. span: In the gold or the predicted Doc.

    score: Of a prediction, from 0 to 1, if it has one.
    """

    start: int
    end: int
    label: str
    span: Span
    score: float | None = None


class Match(NamedTuple):
    """A pair of spans, or one alone. kind: One of KINDS."""

    kind: str
    gold: LabelledSpan | None
    predicted: LabelledSpan | None

    @property
    def either(self) -> LabelledSpan:
        """The gold one, or else the predicted one."""
        return next(span for span in (self.gold, self.predicted) if span is not None)


def match_spans(
    gold: Sequence[LabelledSpan], predicted: Sequence[LabelledSpan], *, min_shared: float = 0.0
) -> list[Match]:
    """Put each span into one class; in the order of the text.

    min_shared (float): Of the tokens of both spans, which share must be common to a pair of class `boundary_and_type`.
    """
    candidates = []
    for i, j in _overlapping(gold, predicted):
        kind, shared = _kind(gold[i], predicted[j]), _shared(gold[i], predicted[j])
        if kind != "boundary_and_type" or shared >= min_shared:
            candidates.append((PAIRED.index(kind), -shared, i, j))
    free_gold, free_predicted = dict(enumerate(gold)), dict(enumerate(predicted))
    matches = []
    for number, _, i, j in sorted(candidates):
        if i in free_gold and j in free_predicted:
            matches.append(Match(PAIRED[number], free_gold.pop(i), free_predicted.pop(j)))
    matches += [Match("missed", span, None) for span in free_gold.values()]
    matches += [Match("spurious", None, span) for span in free_predicted.values()]
    return sorted(matches, key=lambda match: match.either.start)


def _overlapping(gold: Sequence[LabelledSpan], predicted: Sequence[LabelledSpan]) -> Iterator[tuple[int, int]]:
    """Numbers of a gold and a predicted span with a token in common. In one pass from left to right."""
    sides = (gold, predicted)
    starts = sorted((span.start, side, number) for side in (0, 1) for number, span in enumerate(sides[side]))
    open_ones: tuple[list[int], list[int]] = ([], [])
    for start, side, number in starts:
        other = 1 - side
        open_ones[other][:] = [i for i in open_ones[other] if sides[other][i].end > start]
        open_ones[side].append(number)
        for i in open_ones[other]:
            yield (number, i) if side == 0 else (i, number)


def _kind(gold: LabelledSpan, predicted: LabelledSpan) -> str:
    same_tokens = (gold.start, gold.end) == (predicted.start, predicted.end)
    if gold.label == predicted.label:
        return "correct" if same_tokens else "boundary"
    return "type" if same_tokens else "boundary_and_type"


def _shared(one: LabelledSpan, other: LabelledSpan) -> float:
    """Tokens in common, as a share of the tokens of both."""
    common = min(one.end, other.end) - max(one.start, other.start)
    return common / (max(one.end, other.end) - min(one.start, other.start))


def schemas(kinds: Counter[str]) -> dict[str, dict[str, float]]:
    """Precision, recall and F by SemEval-2013's four measures, which forgive more or less.

    strict: Tokens and label. exact: Tokens only. partial: Overlap counts half. type: Label, with any overlap.

    kinds (Counter): How many matches there are of each of KINDS.
    """
    n_paired = sum(kinds[kind] for kind in PAIRED)
    n_gold, n_predicted = n_paired + kinds["missed"], n_paired + kinds["spurious"]
    exact = kinds["correct"] + kinds["type"]
    hits = {
        "strict": kinds["correct"],
        "exact": exact,
        "partial": exact + (kinds["boundary"] + kinds["boundary_and_type"]) / 2,
        "type": kinds["correct"] + kinds["boundary"],
    }
    rows = {}
    for name, hit in hits.items():
        p, r = hit / max(1, n_predicted), hit / max(1, n_gold)
        rows[name] = {"p": p, "r": r, "f": 2 * p * r / (p + r) if hit else 0.0}
    return rows
