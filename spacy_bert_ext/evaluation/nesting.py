"""Spans that nest, and how many of them are found.

A span nests if all of its tokens are part of another span of the same Doc and group, or all tokens of another one are
part of it; spans of two labels on the same tokens nest. Spans that cross, each with a token of its own, do not.

Of gold spans it is decided among the gold ones, so that what counts for recall is the same for every model. A wrong
prediction nests if it does among the predictions. A right one nests if the gold span does, whatever else is predicted.
"""

from collections.abc import Collection, Sequence

import numpy as np

from .prf import FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_POSITIVE

Place = tuple[int, int, str]  # first token, the one after the last, label


def nest(spans: Sequence[tuple[int, int]]) -> list[bool]:
    """Whether each span lies inside of another one, or holds one.

    spans (Sequence[tuple]): First token, and the one after the last, in any order.
    """
    found = [False] * len(spans)
    # A span that holds another one stands before it.
    order = sorted(range(len(spans)), key=lambda i: (spans[i][0], -spans[i][1]))
    farthest = -1
    for i in order:
        found[i] = spans[i][1] <= farthest
        farthest = max(farthest, spans[i][1])
    nearest = farthest + 1
    for i in reversed(order):
        found[i] |= spans[i][1] >= nearest
        nearest = min(nearest, spans[i][1])
    return found


def nested_counts(gold: Collection[Place], predicted: Collection[Place]) -> np.ndarray:
    """Counts of the spans of one Doc that nest, see `prf`: (3,).

    gold, predicted (Collection): Without duplicates.
    """
    wanted, nesting_guesses = _nesting(gold), _nesting(predicted)
    counts = np.zeros(3, dtype=np.int64)
    counts[TRUE_POSITIVE] = len(wanted & set(predicted))
    counts[FALSE_POSITIVE] = len(nesting_guesses - set(gold))
    counts[FALSE_NEGATIVE] = len(wanted - set(predicted))
    return counts


def _nesting(places: Collection[Place]) -> set[Place]:
    listed = list(places)
    nests = nest([(start, end) for start, end, _ in listed])
    return {place for place, is_nested in zip(listed, nests) if is_nested}
