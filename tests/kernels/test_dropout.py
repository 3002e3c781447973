import pytest
import torch
from torch import nn

from spacy_bert_ext.kernels.dropout import BitDropout, NoDropout, leave_out_dropout
from tests.tiny import make_encoder


@pytest.mark.parametrize("p", [0.1, 0.5, 0.9])
@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_so_many_elements_are_dropped_and_the_others_make_up_for_it(p, dtype):
    torch.manual_seed(0)
    X = torch.ones(101, 1001, dtype=dtype)
    Y = BitDropout(p)(X)
    assert Y.dtype == dtype
    share = (Y == 0).float().mean().item()
    assert share == pytest.approx(p, abs=0.005)  # five standard deviations of 101,101 draws
    assert Y.unique().tolist() == pytest.approx([0.0, 1 / (1 - p)], rel=0.01)
    assert Y.float().mean().item() == pytest.approx(1.0, abs=0.02)
    # Neighbours, which come from one random number, are dropped independently.
    both = ((Y[:, 1:] == 0) & (Y[:, :-1] == 0)).float().mean().item()
    assert both == pytest.approx(p * p, abs=0.01)


def test_gradients_are_those_of_what_was_kept():
    X = torch.randn(7, 5, requires_grad=True)
    Y = BitDropout(0.5)(X)
    Y.sum().backward()
    torch.testing.assert_close(X.grad, torch.where(Y == 0, 0.0, 2.0))


def test_nothing_is_dropped_where_nothing_is_to_be_dropped():
    X = torch.randn(7, 5)
    assert torch.equal(BitDropout(0.5).eval()(X), X)
    assert torch.equal(BitDropout(0.0)(X), X)
    assert not BitDropout(1.0)(X).any()
    assert BitDropout(0.5)(torch.zeros(0, 3)).shape == (0, 3)


def test_a_seed_decides():
    X = torch.ones(50)
    torch.manual_seed(1)
    first = BitDropout(0.5)(X)
    assert not torch.equal(BitDropout(0.5)(X), first)
    torch.manual_seed(1)
    assert torch.equal(BitDropout(0.5)(X), first)


def test_encoders_use_it(bert_folder):
    module = make_encoder(bert_folder).shims[0].module
    assert {type(part) for part in module.modules() if isinstance(part, nn.Dropout)} == {BitDropout}


def test_prediction_calls_no_dropout(bert_folder):
    shim = make_encoder(bert_folder).shims[0]
    module = shim.predictor().module
    assert {type(part) for part in module.modules() if isinstance(part, nn.Dropout)} == {NoDropout}
    assert BitDropout in map(type, shim.module.modules())  # what is trained keeps its own


def test_other_kinds_of_dropout_stay():
    module = nn.Sequential(nn.Dropout(0.5), BitDropout(0.25), nn.AlphaDropout(0.5))
    leave_out_dropout(module)
    assert [type(part) for part in module] == [NoDropout, NoDropout, nn.AlphaDropout]
    assert [part.p for part in module] == [0.5, 0.25, 0.5]
    X = torch.randn(3, 4)
    assert module[0](X) is X
