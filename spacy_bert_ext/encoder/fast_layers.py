"""A module's layers → those that compute the same numbers faster; gradients that take less memory."""

import torch
from torch import nn

from ..errors import Errors
from ..huggingface.module import input_embeddings_of
from ..huggingface.types import PreTrainedModel
from ..kernels.blocked import use_blocked_linear_layers
from ..kernels.dropout import use_bit_dropout
from ..kernels.embedding import use_piece_embedding


def use_fast_layers(module: nn.Module, device: torch.device, training_precision: torch.dtype) -> None:
    # On other devices than the CPU these layers compute what those did that they replace: there they may stay.
    if device.type == "cpu":
        use_piece_embedding(module, input_embeddings_of(module))
        use_bit_dropout(module)
        if training_precision == torch.bfloat16:
            use_blocked_linear_layers(module)


def checkpoint_gradients(module: PreTrainedModel) -> None:
    """Have activations computed twice. RAISES (ValueError): The architecture can't."""
    try:
        module.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    except ValueError as error:
        raise ValueError(Errors.B013.format(architecture=type(module).__name__)) from error
    # transformers 5 has pieces' vectors require gradients, by hooks that can't be copied once the layer is exchanged.
    # Only reentrant checkpoints need that.
    if getattr(module, "_require_grads_hooks", None):
        module.disable_input_require_grads()
