"""What stands in the place of pieces that are taken away."""

from ..errors import Errors
from ..huggingface.types import PreTrainedTokenizerFast

MASK, PAD, ZERO = "mask", "pad", "zero"
BASELINES = (MASK, PAD, ZERO)


def baseline_piece(baseline: str, tokenizer: PreTrainedTokenizerFast, name: str) -> int | None:
    """The piece that takes the others' places; None for "zero", where vectors are zeros.

    name (str): Of the component, for the error.
    RAISES (ValueError): The checkpoint has no such piece.
    """
    if baseline == ZERO:
        return None
    piece: int | None = tokenizer.mask_token_id if baseline == MASK else tokenizer.pad_token_id
    if piece is None:
        others = ", ".join(f'"{other}"' for other in BASELINES if other != baseline)
        raise ValueError(Errors.B393.format(name=name, baseline=baseline, others=others))
    return piece
