"""What of a head's scores is explained: a head's answer."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ..errors import Errors


class Explained(NamedTuple):
    """One number of a head's scores, whose tokens are weighed.

    label: What it speaks for.
    quantity: What kind of number it is, in short words: "log odds of POSITIVE".
    score: Takes what the model gives for any number of copies of the Doc, which differ in their vectors, and gives the
        number of each: (n_docs,). Differentiable. Log odds and logits say more than probabilities, which hardly change
        where the model is sure.
    probability: The label's score as the component gives it, from 0 to 1; None if it gives none.
    target: The span that is explained: its first token, and the one after its last. None for the whole Doc.
    reads: The same of the tokens whose vectors the number is made of; None for any. Windows of a long Doc that have
        none of them are left as they are.
    """

    label: str
    quantity: str
    score: Callable[[Any], Tensor]
    probability: float | None = None
    target: tuple[int, int] | None = None
    reads: tuple[int, int] | None = None


def place_of(label: str, labels: Sequence[str], name: str) -> int:
    """RAISES (ValueError): The label is none of these, which the component of this name has."""
    if label not in labels:
        raise ValueError(Errors.B391.format(name=name, label=label, labels=", ".join(labels)))
    return labels.index(label)


def log_odds_of(logits: Tensor, place: int | Tensor) -> Tensor:
    """Of the output at this place, by softmax: (n,).

    logits, place: (n, n_outputs); one for all, or (n,).
    """
    index = torch.as_tensor(place, device=logits.device).expand(len(logits))[:, None]
    others = logits.scatter(1, index, -torch.inf).logsumexp(1)
    return logits.gather(1, index)[:, 0] - others
