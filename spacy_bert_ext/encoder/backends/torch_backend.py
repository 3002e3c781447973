"""Prediction by torch: a second tree of the module, in the precision of prediction, packed for the CPU."""

from pathlib import Path

import torch
from torch import nn

from ...files.saved_files import SavedFiles
from ...huggingface.types import EncoderOutput
from ...kernels.adapters import merged_copy
from ...kernels.dropout import leave_out_dropout
from ...kernels.packed import can_pack, pack_linear_layers
from ...runtime.contention import watching
from ..inputs import Inputs
from .backend import Weights


class TorchPredictor:
    """module: In evaluation mode. What is neither converted nor packed it shares with the one that is trained."""

    def __init__(self, module: nn.Module, dtype: torch.dtype) -> None:
        self.module, self.dtype = module, dtype

    def __call__(self, inputs: Inputs, *, all_layers: bool = False) -> EncoderOutput:
        options = {"output_hidden_states": True} if all_layers else {}
        with watching(inputs.ids.device, inputs.ids.numel(), fixed=False):
            output: EncoderOutput = self.module(**inputs.arguments(), **options)
        return output


class TorchBackend:
    def predictor(self, weights: Weights) -> TorchPredictor:
        module = merged_copy(weights.module, weights.precision)
        leave_out_dropout(module)
        if can_pack(weights.device, weights.precision):
            pack_linear_layers(module)
        return TorchPredictor(module.eval(), weights.precision)

    def save(self, folder: Path, weights: Weights) -> None:
        """Nothing: the checkpoint has all that it needs."""

    def read(self, files: SavedFiles) -> None:
        """Nothing."""
