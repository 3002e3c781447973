"""Vectors of a window's pieces → one vector for the window."""

import torch
from torch import Tensor

WINDOW_POOLINGS = ("first", "mean")


def pool_window(hidden: Tensor, mask: Tensor, pooling: str) -> Tensor:
    """What stands for a window: (n_windows, width).

    hidden, mask (Tensor): Vectors and where they are: (n_windows, n_pieces, width), (n_windows, n_pieces).
    pooling (str): The vector of its "first" piece ([CLS] where the checkpoint has one), or the "mean" of all of them,
        special pieces and those that windows share included, as some classification heads of transformers have it;
        zeros without any.
    """
    if pooling == "first":
        return hidden[:, 0]
    shares = mask / mask.sum(dim=1, keepdim=True).clamp(min=1)
    return torch.einsum("wpd,wp->wd", hidden.float(), shares.float()).to(hidden.dtype)
