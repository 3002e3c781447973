import numpy as np
import pytest
import torch

from spacy_bert_ext.arrays.transfer import to_device

CPU = torch.device("cpu")


@pytest.mark.parametrize("dtype", [np.int64, np.float32, np.bool_])
def test_type_and_shape_stay(dtype) -> None:
    found = to_device(np.ones((2, 3), dtype=dtype), CPU)
    assert found.shape == (2, 3)
    assert found.numpy().dtype == dtype


def test_on_the_cpu_nothing_is_copied() -> None:
    array = np.zeros(3)
    to_device(array, CPU)[1] = 5.0
    assert array.tolist() == [0.0, 5.0, 0.0]


@pytest.mark.gpu
def test_on_a_gpu_it_is_a_copy() -> None:
    array = np.arange(3)
    found = to_device(array, torch.device("cuda"))
    assert (found.device.type, found.tolist()) == ("cuda", [0, 1, 2])
