"""What the modules of all heads have in common."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

WEIGHTS_FILE = "model.safetensors"
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

    def grow(self, names: Sequence[str]) -> None:
        """Make room for new outputs, after those that there are.

        names (Sequence[str]): Of all outputs: (n_outputs,).
        """
        raise NotImplementedError

    def write(self, folder: Path) -> None:
        """Write the weights into a folder that exists."""
        write_weights(self, folder)


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
        """Set the biases: (n_outputs,)."""
        self.output.bias.copy_(torch.from_numpy(logits))

    @torch.no_grad()
    def grow(self, names: Sequence[str]) -> None:
        """New outputs begin as rare as the rarest that there is: at 0 they would outdo those that began rare."""
        rarest = self.output.bias.min()
        n_before = self.n_outputs
        self.output = grown_linear(self.output, len(names))
        self.output.bias[n_before:] = rarest


def write_weights(module: nn.Module, folder: Path) -> None:
    weights = {name: weight.detach().cpu().contiguous() for name, weight in module.state_dict().items()}
    save_file(weights, folder / WEIGHTS_FILE, metadata={"format": "pt"})


def new_linear(width: int, n_outputs: int) -> nn.Linear:
    linear = nn.Linear(width, n_outputs)
    nn.init.normal_(linear.weight, std=INITIAL_SPREAD)
    nn.init.zeros_(linear.bias)
    return linear


def grown_linear(linear: nn.Linear, n_outputs: int) -> nn.Linear:
    """A layer that gives what `linear` gives, and after it outputs with new weights."""
    grown = new_linear(linear.in_features, n_outputs).to(linear.weight.device)
    with torch.no_grad():
        grown.weight[: linear.out_features] = linear.weight
        if linear.bias is not None:
            grown.bias[: linear.out_features] = linear.bias
    return grown
