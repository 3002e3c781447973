"""Which sentences of a text a summary is made of, by their characters. White space does not count."""

import re
from collections.abc import Sequence
from typing import NamedTuple

# A part of a sentence that is at least as long is found, too: the summary's sentences may be cut otherwise.
SHORTEST_PART = 15
# A sentence belongs to the summary if more of it was found in parts.
LARGEST_REST = 0.5
# To leave out characters, besides one for each: else short sentences such as "No." would be found within others.
GAP_COST = 10


class Extract(NamedTuple):
    """sentences: Numbers, in the order of the text. missing: Words of the summary that are not in the text."""

    sentences: list[int]
    missing: list[str]


def find_sentences(sentences: Sequence[str], summary: str) -> Extract:
    """sentences: All of the text, in its order. summary: Some of these in any order, with or without blanks between."""
    texts = [_without_space(sentence) for sentence in sentences]
    wanted = _without_space(summary)
    chosen, gaps = _whole_sentences(texts, wanted)
    covered = [0] * len(texts)
    missing: list[str] = []
    for start, end in gaps:
        missing += _find_parts(texts, wanted[start:end], covered)
    chosen.update(i for i, text in enumerate(texts) if covered[i] > LARGEST_REST * len(text))
    everything = "".join(texts)
    # Marks alone say nothing, and what is too short for a part is there all the same.
    return Extract(sorted(chosen), [text for text in missing if re.search(r"\w", text) and text not in everything])


def _whole_sentences(texts: Sequence[str], wanted: str) -> tuple[set[int], list[tuple[int, int]]]:
    """Cut `wanted` into sentences so that as little as possible is left.

    RETURNS: Numbers of the sentences, and from where to where something else stands.
    """
    first_of: dict[str, int] = {}
    for i, text in enumerate(texts):
        first_of.setdefault(text, i)
    first_of.pop("", None)
    by_letter: dict[str, list[str]] = {}
    for text in first_of:
        by_letter.setdefault(text[0], []).append(text)
    n = len(wanted)
    # Least cost of all from a character on, and the same if it lies in a gap that has begun.
    costs, costs_in_gap = [0] * (n + 1), [0] * (n + 1)
    steps: list[str] = [""] * n  # the sentence that stands there; "": a gap begins
    goes_on = [False] * n
    for k in range(n - 1, -1, -1):
        found = [(costs[k + len(text)], text) for text in by_letter.get(wanted[k], ()) if wanted.startswith(text, k)]
        costs[k], steps[k] = min(found, default=(n * GAP_COST * 2, ""))
        in_gap = 1 + costs_in_gap[k + 1]
        goes_on[k] = in_gap < costs[k]
        costs_in_gap[k] = min(in_gap, costs[k])
        if in_gap + GAP_COST < costs[k]:
            costs[k], steps[k] = in_gap + GAP_COST, ""
    chosen, gaps, k = set(), [], 0
    while k < n:
        if steps[k]:
            chosen.add(first_of[steps[k]])
            k += len(steps[k])
            continue
        begin, k = k, k + 1
        while k < n and goes_on[k]:
            k += 1
        gaps.append((begin, k))
    return chosen, gaps


def _find_parts(texts: Sequence[str], wanted: str, covered: list[int]) -> list[str]:
    """Add to `covered` how many characters of each sentence stand in `wanted`.

    RETURNS: What stands in no sentence.
    """
    everything = "".join(texts)
    missing, k, begin = [], 0, 0
    while k < len(wanted):
        length = _longest(everything, wanted, k)
        if length < min(SHORTEST_PART, len(wanted)):
            k += 1
            continue
        if k > begin:
            missing.append(wanted[begin:k])
        _cover(texts, everything.index(wanted[k : k + length]), length, covered)
        k = begin = k + length
    return [*missing, wanted[begin:]] if begin < len(wanted) else missing


def _longest(everything: str, wanted: str, k: int) -> int:
    """Most characters from `k` on that stand together in the text."""
    fits, too_many = 0, len(wanted) - k + 1
    while too_many - fits > 1:
        length = (fits + too_many) // 2
        if wanted[k : k + length] in everything:
            fits = length
        else:
            too_many = length
    return fits


def _cover(texts: Sequence[str], start: int, length: int, covered: list[int]) -> None:
    place = 0
    for i, text in enumerate(texts):
        covered[i] += max(min(place + len(text), start + length) - max(place, start), 0)
        place += len(text)


def _without_space(text: str) -> str:
    return re.sub(r"\s+", "", text)
