import pytest
import torch

from spacy_bert_ext.runtime.memory import advice_for_training, is_out_of_memory

SAID = [
    "CUDA out of memory. Tried to allocate 2.00 GiB.",
    "CUDA error: out of memory",
    "HIP out of memory. Tried to allocate 20.00 MiB",
    "MPS backend out of memory (MPS allocated: 17.06 GB, max allowed: 18.13 GB).",
    "Invalid buffer size: 24.00 GB",
    "[enforce fail at alloc_cpu.cpp:117] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate",
    "[enforce fail at ..\\c10\\core\\impl\\alloc_cpu.cpp:72] data. DefaultCPUAllocator: not enough memory: you tried",
    "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
    "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
]


@pytest.mark.parametrize("text", SAID)
def test_what_allocators_say(text: str) -> None:
    assert is_out_of_memory(RuntimeError(text))
    said = pytest.raises(torch.OutOfMemoryError, match=r"B028.*on cpu with 12 padded pieces")
    with said, advice_for_training(torch.device("cpu"), 12):
        raise RuntimeError(text)


def test_what_the_allocator_of_the_cpu_says_here() -> None:
    with pytest.raises(RuntimeError) as raised:
        torch.empty(2**60, dtype=torch.uint8)
    assert is_out_of_memory(raised.value)
    assert is_out_of_memory(MemoryError("Unable to allocate 8.00 EiB"))


@pytest.mark.parametrize(
    "error", [RuntimeError("mat1 and mat2 shapes cannot be multiplied"), ValueError("not enough memory")]
)
def test_other_errors_are_left_alone(error: Exception) -> None:
    assert not is_out_of_memory(error)
    with pytest.raises(type(error), match=str(error)), advice_for_training(torch.device("cpu"), 12):
        raise error
