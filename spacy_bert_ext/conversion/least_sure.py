"""Which texts to annotate next: those whose predictions are least sure (uncertainty sampling, Lewis and Gale 1994)."""

import heapq
from collections.abc import Callable, Iterable
from itertools import count

from ..errors import Errors
from .records import Record


def least_sure(records: Iterable[Record], number: int, sureness: Callable[[Record], float | None]) -> list[Record]:
    """At most `number` records, the least sure first, of equally sure ones the first. Memory holds no others.

    sureness: From 0 to 1; None of a record without predictions, which is left out.
    RAISES (ValueError): None has predictions with scores, or all are entirely sure, as annotations of people are.
    """
    order = count()
    found = ((sure, next(order), record) for record in records if (sure := sureness(record)) is not None)
    chosen = heapq.nsmallest(number, found)
    if not chosen or chosen[0][0] == 1:
        raise ValueError(Errors.B494)
    return [record for _, _, record in chosen]


def sureness_of_marks(record: Record) -> float | None:
    """The score of the least sure span. A text without spans is sure: what was not found has no score."""
    if record.marks is None:
        return None
    scores = [mark.score for mark in record.marks]
    if any(score is None for score in scores):
        return None
    return min((score for score in scores if score is not None), default=1.0)


def sureness_of_exclusive(record: Record) -> float | None:
    """By how much the best category is ahead of the second (Scheffer et al. 2001)."""
    scores = sorted((record.cats or {}).values())
    if not scores:
        return None
    return scores[-1] - scores[-2] if len(scores) > 1 else scores[-1]


def sureness_of_multilabel(record: Record) -> float | None:
    """How far the least sure category is from 0.5, where it could as well hold as not."""
    return min((2 * abs(score - 0.5) for score in (record.cats or {}).values()), default=None)
