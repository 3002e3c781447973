"""Long tag sequences → segments that are decoded side by side.

    tokens      0 .............................................. n
    segment 0   [==========|----]
    segment 1        [----|==========|----]
    segment 2                    [----|==========]

What a linear chain says about a token hardly depends on tokens far away: after a few tokens all paths have a common
past. A segment therefore begins some tokens early, with nothing known, and ends some tokens late. Whether that was
enough is checked where segments meet: both must have come to the same messages there. If not, the sequence is decoded
again with longer leads, and at last as a whole, so that the result is that of the whole sequence, but for rounding.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from ..arrays.ragged import expand_ranges, rows_of, starts_of
from ..types import Bools1d, Ints1d

# A segment's own tokens, at most, and those of its leads: what is tried first, and what where that was not enough.
SIZES = ((64, 16), (256, 64))


class Segments(NamedTuple):
    """Segments of some sequences, one after the other: (n_segments,) each but `rows` and `own`.

    sequence: Which sequence it is of.
    lengths: Its tokens, those of the leads included.
    begins, ends: Whether it begins or ends its sequence.
    rows: The token, counted over all sequences, of each place in the segments: (sum of lengths,).
    own: Whether it is the segment's own: (sum of lengths,). Every token is so once, in order.
    """

    sequence: Ints1d
    lengths: Ints1d
    begins: Bools1d
    ends: Bools1d
    rows: Ints1d
    own: Bools1d


def cut(lengths: Ints1d, own_tokens: int, lead_tokens: int) -> Segments:
    """Cut sequences of more than `own_tokens + lead_tokens` tokens."""
    n_parts = np.where(lengths > own_tokens + lead_tokens, -(-lengths // own_tokens), 1)
    sequence = rows_of(n_parts)
    size = -(-lengths // n_parts)[sequence]
    own_start = (np.arange(len(sequence)) - starts_of(n_parts)[sequence]) * size
    own_end = np.minimum(own_start + size, lengths[sequence])
    start = np.maximum(own_start - lead_tokens, 0)
    end = np.minimum(own_end + lead_tokens, lengths[sequence])
    rows = expand_ranges(starts_of(lengths)[sequence] + start, end - start)
    places = expand_ranges(np.zeros_like(start), end - start)
    parts = rows_of(end - start)
    own = (places >= (own_start - start)[parts]) & (places < (own_end - start)[parts])
    return Segments(
        sequence=sequence,
        lengths=end - start,
        begins=own_start == 0,
        ends=own_end == lengths[sequence],
        rows=rows,
        own=own,
    )


def whole(lengths: Ints1d) -> Segments:
    """Every sequence as one segment."""
    n = len(lengths)
    total = int(lengths.sum())
    return Segments(
        sequence=np.arange(n),
        lengths=lengths,
        begins=np.ones(n, dtype=bool),
        ends=np.ones(n, dtype=bool),
        rows=np.arange(total),
        own=np.ones(total, dtype=bool),
    )


def groups(segments: Segments, max_rows: int) -> Iterator[tuple[Segments, Bools1d]]:
    """Runs of segments with at most `max_rows` tokens, and which of their places are new and own.

    Within a sequence, a run begins with the last segment of the run before, so that every joint lies in one run.
    """
    ends = np.cumsum(segments.lengths)
    starts = ends - segments.lengths
    first = 0
    while first < len(ends):
        stop = max(first + 1, int(np.searchsorted(ends, starts[first] + max_rows, side="right")))
        repeated = int(first > 0 and segments.sequence[first] == segments.sequence[first - 1])
        run, places = slice(first - repeated, stop), slice(starts[first - repeated], ends[stop - 1])
        new = segments.own[places].copy()
        new[: starts[first] - starts[first - repeated]] = False
        part = Segments(
            sequence=segments.sequence[run],
            lengths=segments.lengths[run],
            begins=segments.begins[run],
            ends=segments.ends[run],
            rows=segments.rows[places],
            own=segments.own[places],
        )
        yield part, new
        first = stop


class Joints(NamedTuple):
    """Where neighbouring segments of a sequence meet, as places in the segments: (n_joints,) each.

    last_in_left, last_in_right: The last own token of the left segment, in either.
    first_in_left, first_in_right: The first own token of the right segment, in either.
    sequence: Which sequence it is in.
    """

    last_in_left: Ints1d
    last_in_right: Ints1d
    first_in_left: Ints1d
    first_in_right: Ints1d
    sequence: Ints1d


def joints(segments: Segments) -> Joints:
    own_places = np.flatnonzero(segments.own)
    segment_of = rows_of(segments.lengths)[own_places]
    # An own token whose predecessor belongs to another segment of the same sequence.
    meets = np.flatnonzero(np.diff(segment_of) != 0) + 1
    same_sequence = segments.sequence[segment_of[meets]] == segments.sequence[segment_of[meets - 1]]
    meets = meets[same_sequence]
    last_in_left, first_in_right = own_places[meets - 1], own_places[meets]
    # Either segment goes on past its own tokens, so that the other's token is next to it.
    return Joints(
        last_in_left=last_in_left,
        last_in_right=first_in_right - 1,
        first_in_left=last_in_left + 1,
        first_in_right=first_in_right,
        sequence=segments.sequence[segment_of[meets]],
    )
