"""Two short windows that tell whether an encoder gives what everything here takes for granted.

That is a vector of `hidden_size` for each piece, whatever padding comes behind a window: windows are padded to like
length, and texts would be annotated otherwise in other company.
"""

from typing import Any

import torch
from torch import Tensor
from torch.nn import functional
from transformers import PreTrainedModel

from ..errors import Errors

N_WINDOWS, WINDOW_PIECES, PADDING_PIECES = 2, 8, 3
TOLERANCE = 1e-4  # of the largest value, if that is above 1

# Types known to be so, which load without the time that trying takes.
KNOWN = frozenset(
    {
        *("albert", "bert", "camembert", "deberta", "deberta-v2", "distilbert", "electra", "modernbert", "mpnet"),
        *("roberta", "xlm-roberta"),
    }
)

# What architectures raise that are built in another way.
FOREIGN_ERRORS = (
    *(AssertionError, AttributeError, IndexError, KeyError, NotImplementedError),
    *(RuntimeError, TypeError, ValueError),
)


def probe_of(module: PreTrainedModel, *, n_padding: int = 0) -> tuple[Tensor, Tensor]:
    """Piece ids and mask of two windows of 8 pieces, and as much padding: (2, 8 + n_padding) each."""
    n_pieces = N_WINDOWS * WINDOW_PIECES
    embeddings: Any = module.get_input_embeddings()
    ids = torch.arange(n_pieces).reshape(N_WINDOWS, WINDOW_PIECES) % embeddings.num_embeddings
    padding = (0, n_padding)
    padded = functional.pad(ids, padding, value=getattr(module.config, "pad_token_id", None) or 0)
    return padded, functional.pad(torch.ones_like(ids), padding)


def are_same(found: Tensor, expected: Tensor) -> bool:
    """Whether two tensors differ by rounding only."""
    if found.shape != expected.shape:
        return False
    return bool((found - expected).abs().max() <= TOLERANCE * expected.abs().max().clamp(min=1.0))


@torch.no_grad()
def check_vectors(name: str, module: PreTrainedModel) -> None:
    """Try an encoder in evaluation mode, unless its type is known.

    RAISES (ValueError): It fails on pieces and mask alone, gives other vectors than one of `hidden_size` for each
        piece, or gives other ones with padding.
    """
    config = module.config
    if config.model_type in KNOWN:
        return
    architecture = type(module).__name__
    try:
        alone, padded = (_vectors(module, n_padding) for n_padding in (0, PADDING_PIECES))
    except FOREIGN_ERRORS as error:
        reason = f"{architecture} fails on them: {' '.join(str(error).split())}"
        raise ValueError(Errors.B009.format(name=name, model_type=config.model_type, reason=reason)) from error
    wanted = (N_WINDOWS, WINDOW_PIECES, getattr(config, "hidden_size", None))
    if tuple(alone.shape) != wanted:
        reason = f"{architecture} gives vectors of shape {tuple(alone.shape)} where {wanted} would be right"
        raise ValueError(Errors.B009.format(name=name, model_type=config.model_type, reason=reason))
    if not are_same(padded[:, :WINDOW_PIECES], alone):
        raise ValueError(Errors.B072.format(name=name, architecture=architecture))


def _vectors(module: PreTrainedModel, n_padding: int) -> Tensor:
    ids, mask = probe_of(module, n_padding=n_padding)
    vectors: Tensor = module(input_ids=ids, attention_mask=mask).last_hidden_state
    return vectors
