"""Adapters are merged into plain layers that give the same. The adapted layers here stand for those of peft."""

import torch
from torch import nn

from spacy_bert_ext.kernels.adapters import has_adapters, is_adapted, merged_copy

X = torch.tensor([[1.0, 2.0]])


class Adapted(nn.Module):
    active_adapters = ("default",)

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base_layer = base

    def get_base_layer(self) -> nn.Linear:
        return self.base_layer

    def get_delta_weight(self, name: str) -> torch.Tensor:
        assert name == "default"
        return torch.tensor([[10.0, 20.0]])


def linear(*weights: float) -> nn.Linear:
    made = nn.Linear(len(weights), 1, bias=False)
    made.weight.data = torch.tensor([weights])
    return made


def test_adapters_are_found() -> None:
    assert not has_adapters(nn.Sequential(linear(1.0, 1.0)))
    assert has_adapters(nn.Sequential(nn.Sequential(Adapted(linear(1.0, 1.0)))))
    assert not is_adapted(linear(1.0))


def test_merged_layers_are_plain_and_the_others_shared() -> None:
    adapted, plain = Adapted(linear(1.0, 2.0)), linear(3.0)
    copied = merged_copy(nn.Sequential(adapted, plain), torch.float32)
    assert not has_adapters(copied)
    assert copied[0].weight.tolist() == [[11.0, 22.0]]
    assert copied(X).tolist() == [[(11.0 + 2 * 22.0) * 3.0]]
    assert copied[1].weight is plain.weight
    assert adapted.base_layer.weight.tolist() == [[1.0, 2.0]]


def test_copies_of_another_precision_share_nothing() -> None:
    plain = linear(3.0)
    copied = merged_copy(nn.Sequential(plain), torch.bfloat16)
    assert copied[0].weight.dtype == torch.bfloat16
    assert not copied[0].weight.requires_grad
    assert plain.weight.dtype == torch.float32
