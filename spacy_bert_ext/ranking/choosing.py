"""Which sentences make the summary: as many as are wished for, and no two that say the same."""

from collections.abc import Callable
from dataclasses import dataclass
from math import floor

import numpy as np

from ..errors import Errors
from ..settings import check_number, check_whole_number, from_0_to_1
from ..types import Ints1d

DEFAULT_RATIO = 0.3
Similar = Callable[[int], np.ndarray]  # the number of a sentence → similarities of all to it, (n_sentences,)


@dataclass(frozen=True)
class Length:
    """How long a summary is. At most one is given; without any, it has DEFAULT_RATIO of the sentences.

    n_sents: 1 or more.
    ratio: Of the sentences, in (0, 1]: rounded, at least one.
    max_tokens: 1 or more: sentences that don't fit any more are passed over.
    RAISES (ValueError): Several are given, or one is out of its range.
    """

    n_sents: int | None = None
    ratio: float | None = None
    max_tokens: int | None = None

    def __post_init__(self) -> None:
        given = {name: value for name, value in vars(self).items() if value is not None}
        if len(given) > 1:
            shown = " and ".join(f"{name} = {value}" for name, value in given.items())
            raise ValueError(Errors.B460.format(found=shown))
        if self.n_sents is not None:
            check_whole_number("n_sents", self.n_sents, 1)
        if self.ratio is not None:
            check_number("ratio", self.ratio, lambda ratio: 0 < ratio <= 1, "above 0 up to 1")
        if self.max_tokens is not None:
            check_whole_number("max_tokens", self.max_tokens, 1)

    def sentences_of(self, n_sentences: int) -> int:
        """How many sentences of so many make a summary, at most."""
        if self.n_sents is not None:
            return self.n_sents
        if self.max_tokens is not None:
            return n_sentences
        return max(1, floor((self.ratio or DEFAULT_RATIO) * n_sentences + 0.5))


def check_redundancy(found: float | None) -> None:
    """RAISES (ValueError): Neither None nor a number from 0 to 1."""
    if found is not None:
        check_number("max_redundancy", found, from_0_to_1, "from 0 to 1, or null")


def choose(
    scores: np.ndarray, n_tokens: Ints1d, length: Length, *, similar: Similar, max_redundancy: float | None
) -> Ints1d:
    """Numbers of the sentences, in the order of the text.

    The best come first; of equal ones that which stands earlier.

    n_tokens (Ints1d): Of each sentence: (n_sentences,).
    max_redundancy (float): From 0 to 1: a sentence is passed over that is more similar to one that was chosen. None for
        no such limit, for which nothing is compared.
    """
    left, rest = length.sentences_of(len(scores)), length.max_tokens
    most = np.zeros(len(scores))
    chosen: list[int] = []
    for number in np.argsort(-scores, kind="stable").tolist():
        if len(chosen) >= left:
            break
        if rest is not None and n_tokens[number] > rest:
            continue
        if max_redundancy is not None and most[number] > max_redundancy:
            continue
        chosen.append(number)
        if rest is not None:
            rest -= int(n_tokens[number])
        if max_redundancy is not None:
            most = np.maximum(most, similar(number))
    return np.array(sorted(chosen), dtype=np.int64)
