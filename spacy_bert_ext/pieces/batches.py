"""Pieces and windows → batches: padded arrays of piece ids, and where the vector of each piece comes to stand.

Where the pieces come from does not matter here: made of Docs, masked, or of two texts in a window.

    one text     [CLS]  before | own pieces | after  [SEP]  padding
    two texts    [CLS]  whole text  [SEP]  own pieces  [SEP]  padding
             or  [CLS]  own pieces  [SEP]  whole text  [SEP]  padding

`before` and `after` are a context, which is seen only: means over a window leave it out, and nothing takes its vectors.
A window of two texts has no context.
"""

from typing import NamedTuple

import numpy as np

from ..arrays.ragged import expand_ranges, rows_of
from ..types import Ints1d
from .context import ContextPieces, no_context
from .packing import padded_length
from .pairs import WholeTexts
from .pieces import Pieces
from .special_pieces import SpecialPieces
from .windows import Windows


class Batch(NamedTuple):
    """Windows that are encoded together.

    windows: Their numbers: (k,).
    ids, mask: Piece ids and where they are: (k, padded length).
    own: Where pieces are that are no context, special ones included: what means over a window count. (k, padded length)
    sources, targets: Where vectors stand in the flattened output, and for which pieces: (n_owned,).
    types: Token types: (k, padded length). None if all are 0, or the checkpoint knows none.
    """

    windows: Ints1d
    ids: Ints1d
    mask: Ints1d
    own: Ints1d
    sources: Ints1d
    targets: Ints1d
    types: Ints1d | None = None


class Slots(NamedTuple):
    """Where a batch has pieces of its texts, neither special nor of a context: (n_slots,) each.

    places: In the flattened batch. pieces: Their numbers. rows: Of the batch.
    """

    places: Ints1d
    pieces: Ints1d
    rows: Ints1d


class Batches:
    """Makes batches of any windows of some pieces.

    special (SpecialPieces): What stands around texts.
    limit (int): Most pieces that the encoder takes, or None.
    context (ContextPieces): What windows see besides their own pieces; None for nothing.
    whole (WholeTexts): The other text in each window; None if each holds one.
    lengths: Pieces of each window, special ones included: (n_windows,).
    """

    def __init__(
        self,
        pieces: Pieces,
        windows: Windows,
        *,
        special: SpecialPieces,
        limit: int | None,
        context: ContextPieces | None = None,
        whole: WholeTexts | None = None,
    ) -> None:
        self.pieces, self.windows, self.special, self.limit = pieces, windows, special, limit
        self.context = no_context(len(windows.start)) if context is None else context
        self.whole = whole
        own = windows.end - windows.start
        self.lengths: Ints1d = own + self.context.n_before + self.context.n_after + special.n_around
        if whole is not None:
            self.lengths = self.lengths + (whole.end - whole.start) + len(special.between)

    @property
    def pieces_per_window(self) -> Ints1d:
        return self.windows.own_end - self.windows.own_start

    def make(self, windows: Ints1d, padded: int | None = None) -> Batch:
        """Piece ids of these windows, padded to like length.

        padded (int): The length; None for the least that `padded_length` allows.
        """
        special, context = self.special, self.context
        row = padded_length(int(self.lengths[windows].max()), self.limit) if padded is None else padded
        starts, lengths = self.windows.start[windows], (self.windows.end - self.windows.start)[windows]
        row_starts = np.arange(len(windows)) * row
        end_places = row_starts + self.lengths[windows] - len(special.after)
        before_places, whole_places = self.text_places(windows, row)
        own_places = before_places + context.n_before[windows]
        after_places = own_places + lengths
        ids = np.full(len(windows) * row, special.pad, dtype=np.int64)
        for i, piece in enumerate(special.before):
            ids[row_starts + i] = piece
        ids[expand_ranges(own_places, lengths)] = self.pieces.ids[expand_ranges(starts, lengths)]
        for i, piece in enumerate(special.after):
            ids[end_places + i] = piece
        mask = own = (np.arange(row) < self.lengths[windows][:, None]).astype(np.int64)
        if len(context.ids):
            own = mask.copy()
            for places, begin, length in (
                (before_places, context.before_start[windows], context.n_before[windows]),
                (after_places, context.after_start[windows], context.n_after[windows]),
            ):
                around = expand_ranges(places, length)
                ids[around] = context.ids[expand_ranges(begin, length)]
                own.reshape(-1)[around] = 0
        owned = self.pieces_per_window[windows]
        own_starts = self.windows.own_start[windows]
        sources = expand_ranges(own_places + own_starts - starts, owned)
        targets = expand_ranges(own_starts, owned)
        batch = Batch(windows, ids.reshape(-1, row), mask=mask, own=own, sources=sources, targets=targets)
        if self.whole is None:
            return batch
        return _with_whole_texts(batch, self.pieces, special, whole=self.whole, places=(before_places, whole_places))

    def segments(self, windows: Ints1d) -> list[tuple[Ints1d, Ints1d]]:
        """The pieces that these windows hold of the text that they are cut from and, of two texts, of the whole one:
        from their first to the one after their last: (k,) each.
        """
        found = [(self.windows.start[windows], self.windows.end[windows])]
        if self.whole is not None:
            found.append((self.whole.start[windows], self.whole.end[windows]))
        return found

    def slots(self, batch: Batch) -> Slots:
        """Where the batch has pieces of texts: of each window's cut text first, then of all whole ones."""
        own_places, whole_places = self.text_places(batch.windows, batch.ids.shape[1])
        places = own_places + self.context.n_before[batch.windows], whole_places
        found = [
            (expand_ranges(begin, ends - starts), expand_ranges(starts, ends - starts), rows_of(ends - starts))
            for begin, (starts, ends) in zip(places, self.segments(batch.windows))
        ]
        return Slots(*map(np.concatenate, zip(*found)))

    def text_places(self, windows: Ints1d, row: int) -> tuple[Ints1d, Ints1d]:
        """Where texts begin in the flattened batch of these windows: the text that windows are cut from, with its
        context; and the whole one, the same if there is none: (k,) each.

        row (int): Padded length.
        """
        begin, whole = np.arange(len(windows)) * row + len(self.special.before), self.whole
        if whole is None:
            return begin, begin
        own_lengths = (self.windows.end - self.windows.start)[windows]
        whole_lengths, is_first = (whole.end - whole.start)[windows], whole.is_first[windows]
        second = begin + np.where(is_first, whole_lengths, own_lengths) + len(self.special.between)
        return np.where(is_first, second, begin), np.where(is_first, begin, second)


def _with_whole_texts(
    batch: Batch,
    pieces: Pieces,
    special: SpecialPieces,
    *,
    whole: WholeTexts,
    places: tuple[Ints1d, Ints1d],
) -> Batch:
    """A batch in which room has been left for the other text.

    places: Where the cut text and the whole one begin, see `Batches.text_places`: (k,) each.
    """
    whole_places = places[1]
    starts, is_owned = whole.start[batch.windows], whole.is_owned[batch.windows]
    lengths = whole.end[batch.windows] - starts
    ids = batch.ids.reshape(-1)
    ids[expand_ranges(whole_places, lengths)] = pieces.ids[expand_ranges(starts, lengths)]
    second_places = np.maximum(*places)
    between_places = second_places - len(special.between)
    for i, piece in enumerate(special.between):
        ids[between_places + i] = piece
    sources = expand_ranges(whole_places[is_owned], lengths[is_owned])
    targets = expand_ranges(starts[is_owned], lengths[is_owned])
    batch = batch._replace(
        sources=np.concatenate([batch.sources, sources]), targets=np.concatenate([batch.targets, targets])
    )
    of = special.types
    if of is None:
        return batch
    types = np.zeros_like(ids)
    first_places = np.minimum(*places)
    end_places = np.arange(0, len(ids), batch.ids.shape[1]) + batch.mask.sum(axis=1) - len(special.after)
    types[expand_ranges(first_places, between_places - first_places)] = of.first
    types[expand_ranges(second_places, end_places - second_places)] = of.second
    for begin, of_special in (
        (first_places - len(special.before), of.before),
        (between_places, of.between),
        (end_places, of.after),
    ):
        for i, number in enumerate(of_special):
            types[begin + i] = number
    return batch._replace(types=types.reshape(batch.ids.shape))
