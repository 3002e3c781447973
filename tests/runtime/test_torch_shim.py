"""A torch module in a thinc Model: asked for before it is there, kept on its device, told apart by its weights."""

import numpy as np
import pytest
import torch
from thinc.api import Linear, Model
from torch import nn

from spacy_bert_ext.runtime.torch_shim import TorchShim, checksum_of_module, torch_shim_of


def _shim(role="head"):
    shim = TorchShim(role)
    shim.module = nn.Linear(2, 1, bias=False)
    shim.module.weight.data = torch.tensor([[1.0, 2.0]])
    return shim


def test_shim_of_a_model():
    shim = TorchShim("head")
    assert torch_shim_of(Model("classifier", forward=None, shims=[shim])) is shim


def test_model_without_torch_module():
    with pytest.raises(ValueError, match=r"\[B330\] The model 'linear' holds no torch module"):
        torch_shim_of(Linear())


@pytest.mark.parametrize(("role", "text"), [("encoder", r"\[B021\].*'here'"), ("head", r"\[B022\].*'here'")])
def test_no_module_yet(role, text):
    shim = TorchShim(role)
    shim.owner = "here"
    assert shim.module is None
    assert shim.weights_checksum() is None
    assert shim.trainable_parameters() == []
    for ask in (lambda: shim.loaded_module, shim.plain_module, lambda: shim.module_on(torch.device("cpu"))):
        with pytest.raises(ValueError, match=text):
            ask()


def test_module_goes_where_it_is_asked_for():
    shim = _shim()
    assert shim.module_on(torch.device("meta")).weight.device.type == "meta"


def test_checksum_follows_weights():
    shim = _shim()
    first = shim.weights_checksum()
    assert first == shim.weights_checksum() == checksum_of_module(shim.module)
    with torch.no_grad():
        shim.module.weight[0, 0] = 3.0
    assert shim.weights_checksum() != first
    with torch.no_grad():
        shim.module.weight[0, 0] = 1.0
    assert shim.weights_checksum() == first


def test_other_weights_for_a_while():
    shim = _shim()
    version = shim.version
    with shim.use_params({(shim.id, "weight"): np.array([[5.0, 6.0]], dtype="f")}):
        assert shim.module.weight.tolist() == [[5.0, 6.0]]
        assert shim.version == version + 1
    assert shim.module.weight.tolist() == [[1.0, 2.0]]
    assert shim.version == version + 2


@pytest.mark.parametrize("averages", [None, {}])
def test_weights_stay_where_an_optimizer_has_no_averages(averages):
    shim = _shim()
    model = Model("classifier", forward=None, shims=[shim])
    with model.use_params(averages):
        assert shim.module.weight.tolist() == [[1.0, 2.0]]
    assert shim.module.weight.tolist() == [[1.0, 2.0]]


def test_copies_are_others_to_an_optimizer():
    shim = _shim()
    shim.identity = "of this encoder"
    copied = shim.copy()
    assert copied.id != shim.id
    assert copied.identity == shim.identity
    assert copied.weights_checksum() == shim.weights_checksum()
