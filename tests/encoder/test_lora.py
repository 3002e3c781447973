"""LoRA: little learns, and what predicts or is saved is the same encoder with other weights."""

import copy
import json
import pickle
import subprocess
import sys
from pathlib import Path

import pytest
import spacy
import torch
from safetensors.torch import load_file
from thinc.api import Adam
from torch import nn
from transformers import BertConfig, BertModel

from spacy_bert_ext.encoder.backends import torch_backend
from spacy_bert_ext.encoder.freezing import Freezing
from spacy_bert_ext.encoder.lora import add_adapters, linear_layers
from spacy_bert_ext.encoder.model import EncoderModel
from spacy_bert_ext.kernels.adapters import has_adapters
from spacy_bert_ext.kernels.blocked import BlockedLinear
from spacy_bert_ext.kernels.packed import PackedLinear, can_pack
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.annotated import TEXTS
from tests.pipeline.comparing import assert_same
from tests.pipeline.pipelines import adamw, encoder_of, head_of, learn, make_initialized, make_nlp
from tests.tiny import make_docs, make_encoder, without_dropout

pytest.importorskip("peft")

DOCS = make_docs("the president of Germany met the chancellor", "Berlin")
# Of one of BERT's layers: query, key, value, output of attention, two of feed-forward.
LINEAR_LAYERS = [
    *(f"attention.{part}" for part in ("self.query", "self.key", "self.value", "output.dense")),
    "intermediate.dense",
    "output.dense",
]


def train(model: EncoderModel, optimizer, *, steps: int = 3) -> None:
    for _ in range(steps):
        encoded, backprop = model.begin_update(DOCS)
        encoded.piece_vectors.pow(2).sum().backward()
        backprop(None)
        model.shims[0].finish_update(optimizer)


def adamw_of_encoder():
    return create_adamw_v1(encoder_learn_rate=0.01)


def learning(model: EncoderModel) -> set[str]:
    return {name for name, _ in model.shims[0].trainable_parameters()}


def training_vectors(model: EncoderModel) -> torch.Tensor:
    """What the module that trains computes, without dropout."""
    module = model.shims[0].module
    module.eval()
    try:
        return model.begin_update(DOCS)[0].piece_vectors.detach()
    finally:
        module.train()


# What learns


def test_adapters_of_all_linear_layers_learn_and_nothing_else(any_folder):
    model = make_encoder(any_folder, lora_rank=2)
    plain = make_encoder(any_folder)
    linear = {
        name: part
        for name, part in plain.shims[0].module.named_modules()
        if isinstance(part, nn.Linear) and not name.startswith("pooler.")
    }
    model.begin_update(DOCS)
    shapes = {name: tuple(weight.shape) for name, weight in model.shims[0].trainable_parameters()}
    expected = {}
    for name, part in linear.items():
        expected[f"{name}.lora_A.default.weight"] = (2, part.in_features)
        expected[f"{name}.lora_B.default.weight"] = (part.out_features, 2)
    assert shapes == expected


def test_the_layers_of_bert_that_get_adapters(bert_folder):
    model = make_encoder(bert_folder, lora_rank=2)
    model.begin_update(DOCS)
    names = {
        f"encoder.layer.{i}.{part}.lora_{a}.default.weight" for i in (0, 1) for part in LINEAR_LAYERS for a in "AB"
    }
    assert learning(model) == names


def test_of_many_layers_only_those_that_are_not_frozen_get_adapters():
    """peft shortens long lists of names."""
    sizes = {"hidden_size": 8, "num_hidden_layers": 12, "num_attention_heads": 2, "intermediate_size": 16}
    module = BertModel(BertConfig(vocab_size=20, **sizes))
    add_adapters(module, linear_layers(module, Freezing(module, 3, None)), rank=2, alpha=4)
    found = {name.partition(".lora_A.")[0] for name, _ in module.named_parameters() if ".lora_A." in name}
    assert found == {f"encoder.layer.{i}.{part}" for i in range(3, 12) for part in LINEAR_LAYERS}


@pytest.mark.parametrize("optimizer", [adamw_of_encoder, lambda: Adam(0.01, L2=0.0)])
def test_the_encoders_own_weights_keep_their_values(bert_folder, optimizer):
    model = make_encoder(bert_folder, lora_rank=2)
    before = {name: weight.clone() for name, weight in model.shims[0].module.state_dict().items()}
    train(model, optimizer())
    after = {name.replace(".base_layer", ""): w for name, w in model.shims[0].module.state_dict().items()}
    assert all(torch.equal(after[name], weight) for name, weight in before.items())
    assert all(weight.any() for name, weight in after.items() if "lora_B" in name)


def test_corrections_by_hand(bert_folder):
    """The weights are W + alpha / rank * B A; alpha is twice the rank by default."""
    for alpha, factor in ((None, 2.0), (3.0, 1.5)):
        model = make_encoder(bert_folder, lora_rank=2, lora_alpha=alpha)
        shim = model.shims[0]
        train(model, adamw_of_encoder())
        layer = shim.module.encoder.layer[1].output.dense
        A, B = layer.lora_A["default"].weight, layer.lora_B["default"].weight
        expected = layer.base_layer.weight + factor * B @ A
        merged = shim.checkpoint.plain_module().encoder.layer[1].output.dense
        assert type(merged) is nn.Linear
        torch.testing.assert_close(merged.weight, expected)
        assert (merged.weight - layer.base_layer.weight).abs().max() > 1e-3


def test_at_first_nothing_changes(any_folder):
    model, plain = make_encoder(any_folder, lora_rank=2), make_encoder(any_folder)
    expected = plain.predict(DOCS).piece_vectors
    torch.testing.assert_close(training_vectors(model), expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(model.predict(DOCS).piece_vectors, expected, atol=1e-5, rtol=0)


def test_without_training_there_are_no_adapters(bert_folder):
    model = make_encoder(bert_folder, lora_rank=2)
    model.predict(DOCS)
    assert not has_adapters(model.shims[0].module)
    model.begin_update(DOCS)
    assert has_adapters(model.shims[0].module)


# Predicting


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
def test_predictions_have_the_corrections(any_folder, precision):
    model = make_encoder(any_folder, lora_rank=2, precision=precision)
    before = model.predict(DOCS).piece_vectors
    optimizer = adamw_of_encoder()
    for _ in range(2):  # the second time there is a predicting module already
        train(model, optimizer)
        after = model.predict(DOCS).piece_vectors
        assert (after - before).abs().max() > 0.05
        tolerance = 1e-4 if precision == "fp32" else 0.1
        torch.testing.assert_close(after.float(), training_vectors(model), atol=tolerance, rtol=tolerance)
        before = after


@pytest.mark.parametrize("precision", ["fp32", "bf16"])
@pytest.mark.parametrize("packed", [True, False])
def test_the_predicting_module_is_a_plain_one(any_folder, precision, packed, monkeypatch):
    dtype = {"fp32": torch.float32, "bf16": torch.bfloat16}[precision]
    if packed and not can_pack(torch.device("cpu"), dtype):
        pytest.skip("this torch has no packed layers")
    monkeypatch.setattr(torch_backend, "can_pack", lambda *_: packed)
    modules = []
    for settings in ({}, {"lora_rank": 2}):
        model = make_encoder(any_folder, precision=precision, **settings)
        train(model, adamw_of_encoder())
        modules.append(model.shims[0].predictor().module)
    kinds = [[(name, type(part)) for name, part in module.named_modules()] for module in modules]
    assert kinds[0] == kinds[1]
    assert (PackedLinear in {kind for _, kind in kinds[1]}) == packed


def test_layers_of_a_training_in_bf16_are_blocked(bert_folder):
    model = make_encoder(bert_folder, lora_rank=2, precision="bf16")
    model.begin_update(DOCS)
    parts = [part for part in model.shims[0].module.modules() if isinstance(part, nn.Linear)]
    assert {type(part) for part in parts} == {BlockedLinear}
    assert len(parts) == 3 * 2 * len(LINEAR_LAYERS) + 1  # each with A and B, and the pooler
    encoded, _ = model.begin_update(DOCS)
    assert encoded.piece_vectors.dtype == torch.float32


# Together with the other controls


def test_frozen_layers_have_no_adapters(bert_folder):
    model = make_encoder(bert_folder, lora_rank=2, freeze=1)
    train(model, adamw_of_encoder())
    assert len(learning(model)) == 2 * len(LINEAR_LAYERS)
    assert all(name.startswith("encoder.layer.1.") for name in learning(model))
    assert not any("lora" in name for name, _ in model.shims[0].module.encoder.layer[0].named_parameters())


def test_adapters_learn_from_the_step_on_that_unfreezes(bert_folder):
    model = make_encoder(bert_folder, lora_rank=2, freeze="all", unfreeze_step=2)
    found = []
    for _ in range(4):
        encoded, backprop = model.begin_update(DOCS)
        found.append(encoded.piece_vectors.requires_grad)
        backprop(None)
        model.shims[0].finish_update(create_adamw_v1())
    assert found == [False, False, True, True]
    assert len(learning(model)) == 2 * 2 * len(LINEAR_LAYERS)


def test_adapters_have_the_rate_of_their_layer(bert_folder):
    model = make_encoder(bert_folder, lora_rank=2)
    model.begin_update(DOCS)
    before = {name: weight.detach().clone() for name, weight in model.shims[0].trainable_parameters()}
    for _, weight in model.shims[0].trainable_parameters():
        weight.grad = torch.ones_like(weight)
    create_adamw_v1(0.01, layer_decay=0.5, weight_decay=0.0, grad_clip=0.0).step(model.shims)
    for name, weight in model.shims[0].trainable_parameters():
        rate = 0.005 if name.startswith("encoder.layer.0.") else 0.01
        torch.testing.assert_close(before[name] - weight, torch.full_like(weight, rate), rtol=1e-2, atol=0)


def test_gradient_checkpointing_gives_adapters_the_same_gradients(any_folder):
    gradients = []
    for checkpointing in (False, True):
        torch.manual_seed(1)
        model = make_encoder(any_folder, lora_rank=2, gradient_checkpointing=checkpointing)
        without_dropout(model)
        train(model, adamw_of_encoder(), steps=1)
        encoded, backprop = model.begin_update(DOCS)
        encoded.piece_vectors.pow(2).sum().backward()
        backprop(None)
        gradients.append({name: weight.grad for name, weight in model.shims[0].trainable_parameters()})
    assert gradients[0].keys() == gradients[1].keys()
    for name, gradient in gradients[0].items():
        assert gradient.any()
        torch.testing.assert_close(gradients[1][name], gradient, atol=1e-5, rtol=1e-5)


@pytest.mark.parametrize("freeze", ["all", 2])
def test_lora_where_nothing_would_learn_is_refused(bert_folder, freeze):
    with pytest.raises(ValueError, match=rf"B082.*`lora_rank = 4` and `freeze = {freeze!r}`.*`unfreeze_step`"):
        make_encoder(bert_folder, lora_rank=4, freeze=freeze)


# Copies and files


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda shim: pickle.loads(pickle.dumps(shim))])
def test_copies_learn_on_by_themselves(bert_folder, copied):
    model = make_encoder(bert_folder, lora_rank=2)
    train(model, adamw_of_encoder())
    before = model.predict(DOCS).piece_vectors
    other = make_encoder(bert_folder, lora_rank=2)
    other.shims[0] = copied(model.shims[0])
    torch.testing.assert_close(other.predict(DOCS).piece_vectors, before)
    train(other, adamw_of_encoder())
    assert (other.predict(DOCS).piece_vectors - before).abs().max() > 0.05
    model.shims[0].version += 1
    assert torch.equal(model.predict(DOCS).piece_vectors, before)


@pytest.fixture
def trained(bert_folder: str):
    nlp = make_initialized(bert_folder, ("bert_ner", "bert_textcat"), lora_rank=4)
    learn(nlp, sgd=create_adamw_v1(encoder_learn_rate=5e-3, head_learn_rate=1e-2), steps=20)
    return nlp


def test_a_saved_pipeline_is_a_plain_one_with_the_same_predictions(trained, bert_folder, tmp_path: Path) -> None:
    expected = list(trained.pipe(TEXTS))
    trained.to_disk(tmp_path)
    weights = load_file(tmp_path / "bert_encoder" / "model.safetensors")
    plain = load_file(Path(bert_folder) / "model.safetensors")
    assert {name: w.shape for name, w in weights.items()} == {name: w.shape for name, w in plain.items()}
    assert not list(tmp_path.rglob("adapter*"))
    config = (tmp_path / "bert_encoder" / "config.json").read_text(encoding="utf8")
    assert "lora" not in config and "peft" not in config
    assert_same(list(spacy.load(tmp_path).pipe(TEXTS)), expected)
    assert has_adapters(encoder_of(trained).shim.module)


LOAD_WITHOUT_PEFT = """
import json, sys
sys.modules["peft"] = None
import spacy
folder, texts = json.load(sys.stdin)
nlp = spacy.load(folder)
print(json.dumps([[doc.cats, [ent.text for ent in doc.ents]] for doc in nlp.pipe(texts)]))
"""


def test_a_saved_pipeline_predicts_without_peft(trained, tmp_path: Path) -> None:
    trained.to_disk(tmp_path)
    given = json.dumps([str(tmp_path), TEXTS])
    done = subprocess.run([sys.executable, "-c", LOAD_WITHOUT_PEFT], check=True, input=given, stdout=-1, text=True)
    found = json.loads(done.stdout.splitlines()[-1])
    for doc, (cats, ents) in zip(trained.pipe(TEXTS), found, strict=True):
        assert cats == pytest.approx(doc.cats, abs=1e-4)
        assert ents == [ent.text for ent in doc.ents]


def test_saving_leaves_a_training_unharmed(bert_folder: str, tmp_path: Path) -> None:
    found = []
    for saves in (False, True):
        torch.manual_seed(0)
        nlp = make_initialized(bert_folder, ("bert_textcat",), lora_rank=2)
        sgd = adamw()
        learn(nlp, steps=3, sgd=sgd)
        if saves:
            nlp.to_disk(tmp_path)
            nlp.to_bytes()
        learn(nlp, steps=3, sgd=sgd)
        found.append(encoder_of(nlp).shim.module.state_dict())
    assert found[0].keys() == found[1].keys()
    assert all(torch.equal(weight, found[1][name]) for name, weight in found[0].items())


def test_a_loaded_pipeline_trains_new_corrections_on_the_merged_weights(trained, tmp_path: Path) -> None:
    trained.to_disk(tmp_path)
    nlp = spacy.load(tmp_path)
    shim = encoder_of(nlp).shim
    merged = encoder_of(trained).shim.checkpoint.plain_module().state_dict()
    expected = list(nlp.pipe(TEXTS))
    shim.prepare_training()
    corrections = [weight for name, weight in shim.trainable_parameters() if "lora_B" in name]
    assert len(corrections) == 2 * len(LINEAR_LAYERS) and not any(weight.any() for weight in corrections)
    bases = {name.replace(".base_layer", ""): weight for name, weight in shim.module.state_dict().items()}
    assert all(torch.equal(bases[name], weight) for name, weight in merged.items())
    assert_same(list(nlp.pipe(TEXTS)), expected)
    learn(nlp, steps=3)
    assert all(weight.any() for weight in corrections)


def test_a_heads_own_encoder_has_corrections_too(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_initialized(bert_folder, ("bert_textcat",), lora_rank=2)
    nlp.replace_listeners("bert_encoder", "bert_textcat", ["model.encoder"])
    learn(nlp, steps=3)
    own = head_of(nlp, "bert_textcat").own_encoder().shims[0]
    assert has_adapters(own.module)
    nlp.to_disk(tmp_path)
    assert_same(list(spacy.load(tmp_path).pipe(TEXTS)), list(nlp.pipe(TEXTS)))


# Without peft


def test_without_peft_initialization_says_what_to_install(bert_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "peft", None)
    with pytest.raises(ImportError, match=r"B081.*peft.*pip install 'spacy-bert-ext\[lora\]'.*`lora_rank = 0`"):
        make_initialized(bert_folder, lora_rank=2)
    assert encoder_of(make_nlp(bert_folder, lora_rank=2)).shim.module is None


def test_without_peft_a_loaded_pipeline_predicts_but_does_not_train(trained, tmp_path: Path, monkeypatch) -> None:
    trained.to_disk(tmp_path)
    monkeypatch.setitem(sys.modules, "peft", None)
    nlp = spacy.load(tmp_path)
    expected = list(nlp.pipe(TEXTS))
    with pytest.raises(ImportError, match=r"B081"):
        learn(nlp, steps=1)
    assert_same(list(nlp.pipe(TEXTS)), expected)
