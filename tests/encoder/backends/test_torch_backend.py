"""The module that predicts, beside the one that is trained."""

import pytest
import torch

from tests.tiny import make_docs, make_encoder

DOCS = make_docs("the president of Germany met the chancellor", "Berlin")


def test_the_predicting_module_shares_fp32_weights_and_converts_others(bert_folder, monkeypatch):
    monkeypatch.setattr("spacy_bert_ext.encoder.backends.torch_backend.can_pack", lambda *_: False)
    shim = make_encoder(bert_folder).shims[0]
    training = dict(shim.module.named_parameters())
    predicting = dict(shim.predictor().module.named_parameters())
    assert predicting.keys() == training.keys()
    assert all(weight is training[name] for name, weight in predicting.items())
    shim = make_encoder(bert_folder, precision="bf16").shims[0]
    training = dict(shim.module.named_parameters())
    for name, weight in shim.predictor().module.named_parameters():
        assert weight.dtype == torch.bfloat16
        assert not weight.requires_grad
        assert torch.equal(weight, training[name].bfloat16())


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_predicting_never_touches_training_flags(any_folder, precision):
    model = make_encoder(any_folder, precision=precision)
    shim = model.shims[0]
    flags = []

    def note(*_) -> None:
        flags.append({module.training for module in shim.module.modules()})

    assert {module.training for module in shim.predictor().module.modules()} == {False}
    handle = shim.predictor().module.register_forward_pre_hook(note)
    first = model.predict(DOCS).piece_vectors
    assert torch.equal(model.predict(DOCS).piece_vectors, first)
    handle.remove()
    assert len(flags) >= 2 and all(flag == {True} for flag in flags)
