"""How tokens are written: lower case, Title, UPPER, and so on, which uncased checkpoints don't tell."""

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
import torch
from spacy.attrs import IS_ALPHA, IS_LOWER, IS_TITLE, IS_UPPER
from spacy.tokens import Doc
from torch import Tensor, nn
from torch.nn import functional

from ..arrays.ragged import starts_of
from .module import HeadModule

FLAGS: list[int | str] = [IS_LOWER, IS_UPPER, IS_TITLE, IS_ALPHA]
NO_TOKEN = 2 ** len(FLAGS)  # before the first and after the last one
N_PLACES = 3  # the token before, the token itself, the one after
N_CASES = N_PLACES * (NO_TOKEN + 1)


def cases_of(docs: Sequence[Doc]) -> np.ndarray:
    """How each token and its neighbours are written, as numbers below N_CASES, other ones for each place:
    (n_tokens, N_PLACES).
    """
    lengths = np.array([len(doc) for doc in docs if len(doc)], dtype=np.int64)
    if not len(lengths):
        return np.zeros((0, N_PLACES), dtype=np.int64)
    flags = np.concatenate([doc.to_array(FLAGS) for doc in docs if len(doc)]).astype(np.int64)
    here = flags @ (2 ** np.arange(len(FLAGS)))
    before, after = np.roll(here, 1), np.roll(here, -1)
    starts = starts_of(lengths)
    before[starts], after[starts + lengths - 1] = NO_TOKEN, NO_TOKEN
    cases: np.ndarray = np.stack([before, here, after], axis=1) + np.arange(N_PLACES) * (NO_TOKEN + 1)
    return cases


class CasedModule(HeadModule):
    """Of a head that may add learned vectors of how a token and its neighbours are written to its own."""

    casing: nn.Parameter | None

    def start_casing(self, width: int, casing: bool) -> None:
        """Make the vectors, which begin as zeros, or none of them."""
        self.register_parameter("casing", nn.Parameter(torch.zeros(N_CASES, width)) if casing else None)

    def with_casing(self, vectors: Tensor, cases: Tensor) -> Tensor:
        """vectors (n_tokens, width) of tokens that are written so: cases (n_tokens, N_PLACES)."""
        if self.casing is None:
            return vectors
        return vectors + functional.embedding_bag(cases, self.casing, mode="sum")


def parts_of_cases(vectors: Iterable[Tensor], cases: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Each part of the tokens' vectors, (n_part, width), with its rows of the cases, (n_part, N_PLACES).

    cases (Tensor): Of all these tokens: (n_tokens, N_PLACES).
    """
    n_done = 0
    for part in vectors:
        yield part, cases[n_done : n_done + len(part)]
        n_done += len(part)
