"""A device that has room for few pieces."""

import torch
from torch import Tensor

from spacy_bert_ext.encoder.model import (
    EncoderModel,
)


class Limited(torch.nn.Module):
    """A module whose device has room for so many padded pieces."""

    def __init__(self, module: torch.nn.Module, limit: int, error: Exception) -> None:
        super().__init__()
        self.module = module
        self.limit = limit
        self.error = error

    def forward(self, input_ids: Tensor, attention_mask: Tensor):
        if input_ids.numel() > self.limit:
            raise self.error
        return self.module(input_ids=input_ids, attention_mask=attention_mask)


MESSAGES = ["DefaultCPUAllocator: can't allocate memory", "MPS backend out of memory"]
ERRORS = [torch.OutOfMemoryError("Tried to allocate too much"), *map(RuntimeError, MESSAGES)]


def limit_memory(model: EncoderModel, limit: int, error: Exception = ERRORS[0]) -> None:
    shim = model.shims[0]
    shim.module = Limited(shim.module, limit, error)
