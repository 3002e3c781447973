"""What the modules of all heads have in common."""

from collections.abc import Container, Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import Tensor, nn

WEIGHTS_FILE = "model.safetensors"
UNLIKELY = 5.0  # a logarithm: how rare labels begin that are added later
INITIAL_SPREAD = 0.02  # standard deviation of new weights, as in BERT


class HeadModule(nn.Module):
    """Maps an encoder's vectors to logits: `forward(..., is_train=...)`. Predicting changes nothing in the module."""

    @property
    def width(self) -> int:
        """Of the encoder's vectors."""
        raise NotImplementedError

    @property
    def n_outputs(self) -> int:
        raise NotImplementedError

    def grow(self, names: Sequence[str], *, exclusive: bool) -> None:
        """Make room for new outputs, after those that there are. They begin so rare that the scores of the others stay.

        names (Sequence[str]): Of all outputs: (n_outputs,).
        exclusive (bool): Whether one output holds (softmax), or each by itself (sigmoid).
        """
        raise NotImplementedError

    def set_names(self, names: Sequence[str]) -> None:
        """Be told the names of all outputs: (n_outputs,). Only heads of transformers keep them."""

    def start_from(self, logits: np.ndarray) -> None:
        """Have new weights give these logits, but for what they make of a text: (n_outputs,).

        Heads of transformers begin as transformers makes them.
        """

    def write(self, folder: Path) -> None:
        """Write the weights into a folder that exists."""
        write_weights(self, folder)


class TagModule(HeadModule):
    """Of a head that gives scores of tags."""

    def pair_scores(self) -> tuple[Tensor, ...]:
        """`start`, `end` and `between` of a CRF."""
        return ()

    def with_casing(self, vectors: Tensor, cases: Tensor) -> Tensor:
        """vectors (n_taggable, width) of tokens that are written so: cases (n_taggable, N_PLACES)."""
        raise NotImplementedError


class LinearHead(HeadModule):
    """One linear layer, `output`, and what comes before it."""

    def __init__(self, width: int, n_outputs: int) -> None:
        super().__init__()
        self.output = new_linear(width, n_outputs)

    @property
    def width(self) -> int:
        return self.output.in_features

    @property
    def n_outputs(self) -> int:
        return self.output.out_features

    @torch.no_grad()
    def start_from(self, logits: np.ndarray) -> None:
        self.output.bias.copy_(torch.from_numpy(logits))

    def grow(self, names: Sequence[str], *, exclusive: bool) -> None:
        self.output = grown_linear(self.output, len(names), exclusive=exclusive)


def write_weights(module: nn.Module, folder: Path, leave_out: Container[str] = ()) -> None:
    """leave_out (Container[str]): Names of weights that are not written."""
    weights = {
        name: weight.detach().cpu().contiguous()
        for name, weight in module.state_dict().items()
        if name not in leave_out
    }
    save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})


def new_linear(width: int, n_outputs: int) -> nn.Linear:
    linear = nn.Linear(width, n_outputs)
    nn.init.normal_(linear.weight, std=INITIAL_SPREAD)
    nn.init.zeros_(linear.bias)
    return linear


@torch.no_grad()
def grown_linear(linear: nn.Linear, n_outputs: int, *, exclusive: bool) -> nn.Linear:
    """A layer that gives what `linear` gives, and after it new outputs.

    Where one output holds, the new logits are the mean of the old ones less UNLIKELY. Since a sum of exponentials is at
    least that of as many means, the new outputs then have at most exp(-UNLIKELY) / n_before each, whatever the text.
    """
    n_before = linear.out_features
    grown = new_linear(linear.in_features, n_outputs).to(linear.weight.device)
    bias: Tensor | None = linear.bias
    grown.weight[:n_before] = linear.weight
    grown.weight[n_before:] = linear.weight.mean(0) if exclusive else 0.0
    if bias is None:  # then they begin with a share of 1 / n_before at most
        grown.register_parameter("bias", None)
    else:
        grown.bias[:n_before] = bias
        grown.bias[n_before:] = bias.mean() - UNLIKELY if exclusive else bias.min().clamp(max=-UNLIKELY)
    return grown
