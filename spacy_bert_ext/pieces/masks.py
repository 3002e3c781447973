"""Pieces → the same with some of them replaced, to be predicted from what stands around them.

Devlin et al. (2019), "BERT: Pre-training of Deep Bidirectional Transformers for Language Understanding", section 3.1;
by whole tokens as in its later release ("Whole Word Masking").
"""

from typing import Literal, NamedTuple, get_args

import numpy as np

from ..arrays.ragged import rows_of, starts_of
from ..errors import Errors
from ..settings import check_number, from_0_to_1
from ..types import Bools1d, Ints1d
from .pieces import Pieces

MaskBy = Literal["piece", "token"]


class Masking(NamedTuple):
    """How pieces are chosen, and what becomes of them.

    share: Of all pieces, from above 0 to 1, on average.
    by: "piece": each is chosen by itself. "token": all pieces of a token are chosen together, and share one fate.
    masked, random: Shares of the chosen ones that the mask piece replaces, or a random piece; the rest stays as it is.
    """

    share: float = 0.15
    by: str = "piece"
    masked: float = 0.8
    random: float = 0.1

    def check(self) -> None:
        """RAISES (ValueError): A setting is illegal."""
        check_number("mask_share", self.share, lambda x: 0 < x <= 1, "above 0, up to 1")
        if self.by not in get_args(MaskBy):
            allowed = ", ".join(get_args(MaskBy))
            raise ValueError(Errors.B010.format(found=self.by, setting="mask_by", allowed=allowed))
        check_number("masked", self.masked, from_0_to_1, "from 0 to 1")
        check_number("random", self.random, lambda x: 0 <= x <= 1 - self.masked, "from 0 to 1 - masked")


class Vocabulary(NamedTuple):
    """What a checkpoint's pieces are.

    mask: The mask piece.
    is_special: Which pieces are special, [UNK] and its like included: (n_vocabulary,).
    """

    mask: int
    is_special: Bools1d


class MaskedPieces(NamedTuple):
    """Pieces of which some are replaced.

    places: Which are to be predicted, in their order: (n_masked,).
    targets: What stood there: (n_masked,).
    """

    pieces: Pieces
    places: Ints1d
    targets: Ints1d


def mask_pieces(
    pieces: Pieces, masking: Masking, vocabulary: Vocabulary, generator: np.random.Generator
) -> MaskedPieces:
    """Special pieces are neither chosen, nor the tokens that have one; and none replaces another piece."""
    n_pieces = len(pieces.ids)
    unit = rows_of(pieces.per_token) if masking.by == "token" else np.arange(n_pieces)
    first = starts_of(pieces.per_token)[unit] if masking.by == "token" else unit
    has_special = np.zeros(len(pieces.per_token) if masking.by == "token" else n_pieces, np.bool_)
    has_special[unit[vocabulary.is_special[pieces.ids]]] = True
    drawn = generator.random((n_pieces, 3))
    chosen, fate = drawn[first, 0] < masking.share, drawn[first, 1]
    chosen &= ~has_special[unit]
    ordinary = np.flatnonzero(~vocabulary.is_special)
    random = ordinary[(drawn[:, 2] * len(ordinary)).astype(np.int64)]
    replaced = np.where(fate < masking.masked, vocabulary.mask, random)
    stays = fate >= masking.masked + masking.random
    ids = np.where(chosen & ~stays, replaced, pieces.ids)
    places = np.flatnonzero(chosen)
    return MaskedPieces(pieces._replace(ids=ids), places, pieces.ids[places])
