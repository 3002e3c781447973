"""What spans are scored by: numbers of tokens, which make the scores of any span without a pass over its tokens.

A span is scored by the vectors of its first and last tokens, the mean of all, and its length, through a layer of hidden
units (Lee et al. 2017, "End-to-end Neural Coreference Resolution"; Zhong and Chen 2021, "A Frustratingly Easy Approach
for Entity and Relation Extraction"). Before its activation that layer is linear in the vectors: what each token adds to
it is computed once, and means come from prefix sums, so that long spans cost as much as short ones.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from itertools import chain

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

from ..arrays.transfer import to_device
from ..kernels.dropout import dropout
from ..types import Bools1d, Ints1d, Tokens2d
from .candidates import Candidates, blocks_of_pairs

N_LENGTHS = 24  # lengths that are told apart: 1 to 8 tokens one by one, then in steps that grow
CANDIDATES_AT_ONCE = 16384  # hidden units of more are not in memory
LOOKED_AT_ONCE = 4096  # the same in prediction: of more, the C library's heap grows from block to block


@dataclass(frozen=True)
class SpanScores:
    """Of the tokens of some Docs, and what scores spans of them.

    bounds: Logits of a token's being a span's first, and its last: (n_tokens, 2).
    first, last, inside: What a token adds to the hidden units of spans in which it stands so: (n_tokens, hidden).
    lengths: What a length adds to them: (N_LENGTHS, hidden).
    weight, bias: Hidden units to outputs: (n_outputs, hidden), (n_outputs,).
    dropout: Of hidden units; 0 in prediction.
    taggable: Which tokens have pieces: others begin and end no span that is found: (n_tokens,).
    tokens_per_doc: (n_docs,).
    tokens: What the tokens are, see `tokens_of`: (n_tokens, 2).
    candidates: Those of a suggester; None if spans are found by `bounds`.
    attributes: Hidden units to values of each attribute: weight (n_values, hidden) and bias (n_values,).
    """

    bounds: Tensor
    first: Tensor
    last: Tensor
    inside: Tensor
    lengths: Tensor
    weight: Tensor
    bias: Tensor
    dropout: float
    taggable: Bools1d
    tokens_per_doc: Ints1d
    tokens: Tokens2d
    candidates: Candidates | None = None
    attributes: tuple[tuple[Tensor, Tensor], ...] = ()

    @property
    def tensors(self) -> tuple[Tensor, ...]:
        """Those that a loss gives gradients to."""
        of_spans = self.bounds, self.first, self.last, self.inside, self.lengths, self.weight, self.bias
        return *of_spans, *chain.from_iterable(self.attributes)

    def leaves(self) -> "SpanScores":
        """The same with gradients of their own."""
        bounds, first, last, inside, lengths, weight, bias, *of_attributes = (
            tensor.detach().requires_grad_() for tensor in self.tensors
        )
        return replace(
            self,
            bounds=bounds,
            first=first,
            last=last,
            inside=inside,
            lengths=lengths,
            weight=weight,
            bias=bias,
            attributes=tuple(zip(of_attributes[::2], of_attributes[1::2])),
        )

    def looked_at(self, threshold: float, max_tokens: int) -> Iterator[Candidates]:
        """The candidates, a bounded number at once.

        threshold (float): Probability from which on a token may be a span's first or last one.
        max_tokens (int): Of a span that is found. Neither matters to a suggester's candidates.
        """
        if self.candidates is not None:
            yield from self.candidates.chunks(LOOKED_AT_ONCE)
            return
        is_first, is_last = self.likely_bounds(threshold)
        yield from blocks_of_pairs(is_first, is_last, self.tokens_per_doc, max_tokens=max_tokens, size=LOOKED_AT_ONCE)

    def likely_bounds(self, threshold: float) -> tuple[Bools1d, Bools1d]:
        """Which tokens may be a span's first or last one: (n_tokens,) each."""
        is_likely = (self.bounds.detach().sigmoid() >= threshold).cpu().numpy() & self.taggable[:, None]
        return is_likely[:, 0], is_likely[:, 1]

    def sums(self) -> Tensor:
        """Of `inside`, over each token and all before it: (n_tokens, hidden).

        In double precision, where there is one, since differences are taken of them.
        """
        return self.inside.cumsum(0, dtype=None if self.inside.device.type == "mps" else torch.float64)

    def logits(self, candidates: Candidates, sums: Tensor) -> Tensor:
        """Of each output: (n_candidates, n_outputs). sums: Those of `sums()`."""
        return functional.linear(self.hidden(candidates, sums), self.weight, self.bias)

    def hidden(self, candidates: Candidates, sums: Tensor) -> Tensor:
        """What outputs are made of: (n_candidates, hidden)."""
        device = self.first.device
        first, last = to_device(candidates.first, device), to_device(candidates.last, device)
        sizes = candidates.last - candidates.first + 1
        # The gradient of `index_select` is the same in any number of threads, that of `[...]` is not, and takes long.
        inside = sums.index_select(0, last) - sums.index_select(0, first) + self.inside.index_select(0, first)
        lengths = self.lengths.index_select(0, to_device(length_classes(sizes), device))
        hidden = self.first.index_select(0, first) + self.last.index_select(0, last) + lengths
        hidden = functional.gelu(hidden + (inside / to_device(sizes, device)[:, None]).to(hidden.dtype))
        return dropout(hidden, self.dropout, training=self.dropout > 0)


def length_classes(n_tokens: Ints1d) -> Ints1d:
    """Below N_LENGTHS: lengths of up to 8 tokens have a class each, longer ones four for each doubling: (n_spans,)."""
    steps = np.floor(4 * np.log2(np.maximum(n_tokens, 8) / 8)).astype(np.int64)
    return np.minimum(np.where(n_tokens <= 8, n_tokens - 1, 7 + steps), N_LENGTHS - 1)
