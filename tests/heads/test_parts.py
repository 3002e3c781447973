"""Rows of parts, with and without gradients."""

import pytest
import torch

from spacy_bert_ext.heads.parts import rows_of_parts


@pytest.mark.parametrize("sizes", [[5], [2, 0, 3], [1, 1, 1]])
@pytest.mark.parametrize("with_gradients", [False, True])
def test_rows_stand_one_after_the_other(sizes: list[int], with_gradients: bool) -> None:
    parts = [torch.randn(size, 3, requires_grad=True) for size in sizes]
    with torch.set_grad_enabled(with_gradients):
        found = rows_of_parts((part * 2 for part in parts), sum(sizes))
    assert torch.equal(found, 2 * torch.cat(parts))
    assert found.requires_grad == with_gradients
    if with_gradients:
        found.sum().backward()
        assert all((part.grad == 2).all() for part in parts)


def test_no_rows_are_no_rows() -> None:
    assert rows_of_parts(iter([torch.zeros(0, 3)]), 0).shape == (0, 3)
