import pytest
import torch
from torch import nn

from spacy_bert_ext.encoder.inputs import Inputs
from tests.coded import raises_code
from tests.explanation.making import make_twin
from tests.tiny import make_encoder

IDS = torch.tensor([[2, 20, 30, 40, 3, 0], [2, 21, 31, 41, 51, 3]])
INPUTS = Inputs(IDS, torch.tensor([[1, 1, 1, 1, 1, 0], [1, 1, 1, 1, 1, 1]]))


@pytest.fixture
def shim(any_folder):
    return make_encoder(any_folder).shims[0]


def test_it_gives_what_the_encoder_gives(shim):
    twin = make_twin(shim)
    with torch.no_grad():
        expected = shim.predictor()(INPUTS).last_hidden_state
        found = twin(INPUTS, twin.embed(IDS))
    assert torch.allclose(found[INPUTS.mask > 0], expected[INPUTS.mask > 0], atol=1e-5)


def test_gradients_reach_the_vectors_alone(shim):
    learning = [weight.requires_grad for weight in shim.module.parameters()]
    twin = make_twin(shim)
    vectors = twin.embed(IDS).requires_grad_()
    (gradient,) = torch.autograd.grad(twin(INPUTS, vectors).square().sum(), vectors)
    assert gradient.abs().sum() > 0
    assert [weight.requires_grad for weight in shim.module.parameters()] == learning
    assert all(weight.grad is None for weight in shim.module.parameters())
    assert shim.module.training


def test_attentions_sum_to_one(shim):
    layers = make_twin(shim).attentions(INPUTS)
    assert len(layers) == 2
    for layer in layers:
        assert torch.allclose(layer.sum(-1)[INPUTS.mask > 0], torch.ones(11), atol=1e-5)
        assert layer[0, :5, 5].abs().max() < 1e-6  # padding


class Changed(nn.Module):
    """An encoder that runs in another way."""

    def __init__(self, module, change):
        super().__init__()
        self.module, self.config, self.change = module, module.config, change

    def get_input_embeddings(self):
        return self.module.get_input_embeddings()

    def forward(self, **arguments):
        return self.change(self.module, arguments)


def without_attentions(module, arguments):
    output = module(input_ids=arguments["input_ids"])
    output["attentions"] = None
    return output


def twice(module, arguments):
    module.get_input_embeddings()(arguments["input_ids"])
    return module(**arguments)


def test_architectures_that_work_in_another_way(bert_folder, monkeypatch):
    shim = make_encoder(bert_folder).shims[0]
    monkeypatch.setattr("tests.explanation.making.own_copy", lambda shim: Changed(shim.module, without_attentions))
    with raises_code("B394", match="attention.*integrated_gradients"):
        make_twin(shim).attentions(INPUTS)


@pytest.mark.parametrize(
    ("change", "reason"), [(twice, "more than once"), (lambda module, arguments: None, "does not read")]
)
def test_architectures_that_read_pieces_in_another_way(bert_folder, monkeypatch, change, reason):
    shim = make_encoder(bert_folder).shims[0]
    monkeypatch.setattr("tests.explanation.making.own_copy", lambda shim: Changed(shim.module, change))
    twin = make_twin(shim)
    with raises_code("B394", match=f"{reason}.*occlusion"):
        twin(INPUTS, twin.embed(IDS))
