"""Out of memory, as the allocators of all devices say it."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager

import torch
from spacy.tokens import Doc

from ..errors import Errors

# CUDA's allocator raises a class of its own; the others, and libraries that take memory by themselves, only say so.
_PHRASES = (
    "out of memory",  # "MPS backend out of memory", "CUDA error: out of memory", "HIP out of memory"
    "not enough memory",  # "DefaultCPUAllocator: not enough memory" on Windows
    "can't allocate memory",  # "DefaultCPUAllocator: can't allocate memory" elsewhere
    "cannot allocate memory",
    "_alloc_failed",  # CUBLAS_STATUS_ALLOC_FAILED, CUDNN_STATUS_ALLOC_FAILED, CUSPARSE_STATUS_ALLOC_FAILED
    "invalid buffer size",  # MPS, for a tensor beyond what one buffer may hold
)


def is_out_of_memory(error: BaseException) -> bool:
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    text = str(error).lower()
    return isinstance(error, RuntimeError) and any(phrase in text for phrase in _PHRASES)


class AdvisedOutOfMemoryError(torch.OutOfMemoryError):
    """One that says which settings to change."""


def advice_for_training(device: torch.device, n_pieces: int) -> AbstractContextManager[None]:
    """RAISES (torch.OutOfMemoryError): In place of any error that says so, with the settings to change."""
    return _advice(lambda: Errors.B028.format(device=device, pieces=n_pieces))


def advice_for_head(name: str, docs: Sequence[Doc]) -> AbstractContextManager[None]:
    """RAISES (torch.OutOfMemoryError): In place of any error that says so and is not of the head's encoder."""
    return _advice(lambda: Errors.B260.format(name=name, n_docs=len(docs), n_tokens=sum(len(doc) for doc in docs)))


@contextmanager
def _advice(make_text: Callable[[], str]) -> Iterator[None]:
    """make_text: Called when memory has run out; what an inner block has advised stays."""
    try:
        yield
    except (RuntimeError, MemoryError) as error:
        if isinstance(error, AdvisedOutOfMemoryError) or not is_out_of_memory(error):
            raise
        raise AdvisedOutOfMemoryError(make_text()) from error
