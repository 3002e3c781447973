"""What a module is given: a batch as tensors on its device."""

from typing import NamedTuple

import torch
from torch import Tensor

from ..arrays.transfer import to_device
from ..pieces.batches import Batch


class Inputs(NamedTuple):
    """Windows of one text or two: (n_windows, n_pieces) each.

    ids, mask: Piece ids, and where they are.
    token_types: Which of two texts a piece belongs to. None where all are 0, which modules take for granted.
    positions: Of pieces in their window. None for those that the module gives them by itself.
    """

    ids: Tensor
    mask: Tensor
    token_types: Tensor | None = None
    positions: Tensor | None = None

    def arguments(self) -> dict[str, Tensor]:
        """By the names that modules of transformers have for them; what is None they are not given."""
        found = {"input_ids": self.ids, "attention_mask": self.mask}
        if self.token_types is not None:
            found["token_type_ids"] = self.token_types
        if self.positions is not None:
            found["position_ids"] = self.positions
        return found


def inputs_of(batch: Batch, device: torch.device) -> Inputs:
    ids, mask = to_device(batch.ids, device), to_device(batch.mask, device)
    return Inputs(ids, mask, None if batch.types is None else to_device(batch.types, device))
