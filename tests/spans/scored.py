"""Scores of spans of random tokens."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest
import torch

from spacy_bert_ext.losses.loss import Loss
from spacy_bert_ext.spans.candidates import Candidates
from spacy_bert_ext.spans.span_scores import N_LENGTHS, SpanScores


def random_scores(
    lengths: list[int],
    n_outputs: int = 2,
    *,
    hidden: int = 5,
    candidates: Candidates | None = None,
    n_values: Sequence[int] = (),
    seed: int = 0,
) -> SpanScores:
    generator = torch.Generator().manual_seed(seed)
    n_tokens = sum(lengths)

    def draw(*shape: int) -> torch.Tensor:
        return torch.randn(shape, generator=generator)

    return SpanScores(
        bounds=draw(n_tokens, 2),
        first=draw(n_tokens, hidden),
        last=draw(n_tokens, hidden),
        inside=draw(n_tokens, hidden),
        lengths=draw(N_LENGTHS, hidden),
        weight=draw(n_outputs, hidden),
        bias=draw(n_outputs),
        dropout=0.0,
        taggable=np.ones(n_tokens, dtype=bool),
        tokens_per_doc=np.array(lengths, dtype=np.int64),
        tokens=np.zeros((n_tokens, 2), dtype=np.uint64),
        candidates=candidates,
        attributes=tuple((draw(n, hidden), draw(n)) for n in n_values),
    )


def check_slopes(loss_of: Callable[[], Loss], scores: SpanScores) -> None:
    """Gradients of a loss of these scores, against central differences along a random direction of each tensor."""
    gradients = loss_of().gradients
    assert gradients is not None and len(gradients) == len(scores.tensors)
    for tensor, gradient in zip(scores.tensors, gradients):
        assert gradient.shape == tensor.shape
        direction, values = torch.randn(tensor.shape), []
        for step in (1e-2, -1e-2):
            before = tensor.clone()
            tensor += step * direction
            values.append(loss_of().value)
            tensor.copy_(before)
        slope = (values[0] - values[1]) / 2e-2
        assert slope == pytest.approx(float((gradient * direction).sum()), rel=0.02, abs=1e-3)
