"""Against torch.optim.AdamW and thinc's own optimizer, step by step."""

import warnings

import numpy as np
import pytest
import torch
from thinc.api import Optimizer, warmup_linear
from torch import Tensor, nn

from spacy_bert_ext.runtime.torch_shim import TorchShim
from spacy_bert_ext.training.optimizer import AdamW, create_adamw_v1
from tests.pipeline.pipelines import make_initialized
from tests.tiny import make_encoder


def make_shim(role: str, seed: int) -> TorchShim:
    torch.manual_seed(seed)
    shim = TorchShim(role)
    shim.module = nn.Sequential(nn.Linear(4, 3), nn.LayerNorm(3), nn.Linear(3, 2))
    return shim


@pytest.fixture
def shims() -> list[TorchShim]:
    return [make_shim("encoder", 0), make_shim("head", 1)]


def weights_of(shim: TorchShim) -> list[Tensor]:
    return [weight for _, weight in shim.trainable_parameters()]


def copies_of(shims: list[TorchShim]) -> list[list[Tensor]]:
    return [[weight.detach().clone() for weight in weights_of(shim)] for shim in shims]


def set_gradients(shims: list[TorchShim], seed: int, size: float = 1.0) -> list[list[Tensor]]:
    torch.manual_seed(seed)
    for shim in shims:
        for weight in weights_of(shim):
            weight.grad = size * torch.randn_like(weight)
    return [[weight.grad.clone() for weight in weights_of(shim)] for shim in shims]


def make_peer(copies: list[list[Tensor]], rates: list[float], decay: float, **settings) -> torch.optim.AdamW:
    groups = []
    for copied, rate in zip(copies, rates):
        groups.append({"params": [c for c in copied if c.ndim > 1], "lr": rate, "weight_decay": decay})
        groups.append({"params": [c for c in copied if c.ndim == 1], "lr": rate, "weight_decay": 0.0})
    return torch.optim.AdamW(groups, fused=False, foreach=False, **settings)


def check_equal(shims: list[TorchShim], copies: list[list[Tensor]]) -> None:
    for shim, copied in zip(shims, copies):
        for weight, expected in zip(weights_of(shim), copied):
            torch.testing.assert_close(weight.detach(), expected, atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("grad_clip", [0.0, 1.0])
def test_steps_are_those_of_torch(shims, grad_clip):
    optimizer = create_adamw_v1(0.01, 0.05, weight_decay=0.3, beta1=0.8, beta2=0.9, eps=1e-6, grad_clip=grad_clip)
    copies = copies_of(shims)
    peer = make_peer(copies, [0.01, 0.05], 0.3, betas=(0.8, 0.9), eps=1e-6)
    for step in range(6):
        # Sizes differ, so that the clip shows in the running means; the first is not clipped.
        gradients = set_gradients(shims, seed=step, size=[0.01, 1, 10, 0.1, 5, 1][step])
        for copied, its_gradients in zip(copies, gradients):
            for weight, gradient in zip(copied, its_gradients):
                weight.grad = gradient
        if grad_clip:
            # One clip over the encoder and its heads.
            torch.nn.utils.clip_grad_norm_([weight for copied in copies for weight in copied], grad_clip)
        optimizer.step(shims)
        peer.step()
        check_equal(shims, copies)


def test_one_clip_goes_over_all_gradients(shims, monkeypatch):
    clipped = []
    original = torch.optim.AdamW.step

    def note(self, *args, **kwargs):
        clipped.extend(weight.grad.clone() for group in self.param_groups for weight in group["params"])
        return original(self, *args, **kwargs)

    monkeypatch.setattr(torch.optim.AdamW, "step", note)
    gradients = set_gradients(shims, 0, size=3.0)
    before = torch.cat([gradient.flatten() for its in gradients for gradient in its]).norm()
    create_adamw_v1(grad_clip=0.5).step(shims)
    after = torch.cat([gradient.flatten() for gradient in clipped])
    assert before > 5
    assert len(after) == sum(weight.numel() for shim in shims for weight in weights_of(shim))
    assert after.norm().item() == pytest.approx(0.5, rel=1e-5)


def test_only_weights_of_several_dimensions_decay(shims):
    before = copies_of(shims)
    for shim in shims:
        for weight in weights_of(shim):
            weight.grad = torch.zeros_like(weight)
    create_adamw_v1(0.1, 0.2, weight_decay=0.5).step(shims)
    for shim, copied, kept in zip(shims, before, (1 - 0.1 * 0.5, 1 - 0.2 * 0.5)):
        for weight, old in zip(weights_of(shim), copied):
            torch.testing.assert_close(weight.detach(), kept * old if weight.ndim > 1 else old)


def test_rates_follow_the_schedule_and_keep_its_last_factor(shims):
    optimizer = create_adamw_v1(0.01, 0.05, weight_decay=0.0, grad_clip=0.0, schedule=iter([0.0, 0.5, 1.0]))
    for factor in (0.0, 0.5, 1.0, 1.0):
        assert optimizer.learn_rate == 0.05 * factor
        before = copies_of(shims)
        for shim in shims:
            for weight in weights_of(shim):
                weight.grad = torch.ones_like(weight)
        optimizer.step(shims)
        optimizer.step_schedules()
        # With equal gradients all the time, every step of Adam is as long as the rate.
        for shim, copied, rate in zip(shims, before, (0.01, 0.05)):
            for weight, old in zip(weights_of(shim), copied):
                torch.testing.assert_close(old - weight.detach(), torch.full_like(old, rate * factor))


def test_a_schedule_of_thinc_is_followed():
    optimizer = create_adamw_v1(0.01, 0.05, schedule=warmup_linear(1.0, 2, 6))
    factors = []
    for _ in range(7):
        factors.append(optimizer.factor)
        assert optimizer.learn_rate == pytest.approx(0.05 * optimizer.factor)
        optimizer.step_schedules()
    assert factors == pytest.approx([0, 0.5, 1, 0.75, 0.5, 0.25, 0])


def ones_as_gradients(*shims: TorchShim) -> None:
    for shim in shims:
        for weight in weights_of(shim):
            weight.grad = torch.ones_like(weight)


def moves(shim: TorchShim, before: list[Tensor]) -> dict[str, float]:
    """How far each weight has moved."""
    named = shim.trainable_parameters()
    moved = {name: old - weight.detach() for (name, weight), old in zip(named, before, strict=True)}
    assert all(torch.allclose(move, move.flatten()[0].expand_as(move), rtol=1e-2) for move in moved.values())
    return {name: move.flatten()[0].item() for name, move in moved.items()}


def test_each_layer_has_a_part_of_the_rate_of_the_one_above(bert_folder):
    encoder, head = make_encoder(bert_folder).shims[0], make_shim("head", 1)
    optimizer = create_adamw_v1(0.01, 0.05, layer_decay=0.5, weight_decay=0.0, grad_clip=0.0, schedule=iter([1.0, 0.1]))
    # With equal gradients every step of Adam is as long as the rate.
    for factor in (1.0, 0.1):
        before = copies_of([encoder, head])
        ones_as_gradients(encoder, head)
        optimizer.step([encoder, head])
        optimizer.step_schedules()
        for name, move in moves(encoder, before[0]).items():
            rate = {"embeddings": 0.0025, "encoder.layer.0": 0.005, "encoder.layer.1": 0.01}
            (expected,) = [rate for beginning, rate in rate.items() if name.startswith(beginning)]
            assert move == pytest.approx(expected * factor, rel=1e-2), name
        moved = list(moves(head, before[1]).values())
        assert moved == pytest.approx([0.05 * factor] * len(moved), rel=1e-3)


@pytest.mark.parametrize(("layer_decay", "n_groups"), [(0.5, 2 * 3), (1.0, 2)])
def test_weights_of_one_rate_and_decay_are_stepped_together(bert_folder, layer_decay, n_groups):
    encoder, head = make_encoder(bert_folder).shims[0], make_shim("head", 1)
    optimizer = create_adamw_v1(layer_decay=layer_decay)
    for _ in range(2):
        ones_as_gradients(encoder, head)
        optimizer.step([encoder, head])
    assert len(optimizer._torch.param_groups) == n_groups + 2


def test_layers_of_a_heads_own_encoder_have_rates_of_their_own(bert_folder):
    nlp = make_initialized(bert_folder, ("bert_textcat",))
    nlp.replace_listeners("bert_encoder", "bert_textcat", ["model.encoder"])
    textcat = nlp.get_pipe("bert_textcat")
    own = textcat.own_encoder().shims[0]
    assert len(textcat.shims()) == 2
    before = copies_of([own])
    ones_as_gradients(*textcat.shims())
    textcat.finish_update(create_adamw_v1(0.01, 0.05, layer_decay=0.1, weight_decay=0.0, grad_clip=0.0))
    moved = moves(own, before[0])
    assert moved["embeddings.word_embeddings.weight"] == pytest.approx(0.0001, rel=1e-2)
    assert moved["encoder.layer.1.output.dense.weight"] == pytest.approx(0.01, rel=1e-2)


@pytest.mark.parametrize("setting", ["beta1", "beta2"])
@pytest.mark.parametrize("found", [-0.1, 1.0])
def test_means_that_would_not_decay_are_refused(setting, found):
    with pytest.raises(ValueError, match=rf"B012.*`{setting} = {found}`.*from 0 up to below 1"):
        create_adamw_v1(**{setting: found})


@pytest.mark.parametrize("layer_decay", [0.0, -0.5, 1.01])
def test_a_layer_decay_out_of_range_is_refused(layer_decay):
    with pytest.raises(ValueError, match=rf"B012.*`layer_decay = {layer_decay}`.*above 0, up to 1"):
        create_adamw_v1(layer_decay=layer_decay)


def test_steps_are_counted_with_and_without_gradients(shims):
    optimizer = create_adamw_v1()
    for n_steps in (1, 2, 3):
        set_gradients(shims[1:], 0)
        optimizer.step(shims)
        assert [shim.n_steps for shim in shims] == [n_steps, n_steps]


def test_a_step_drops_gradients_and_tells_that_weights_changed(shims):
    set_gradients(shims, 0)
    versions = [shim.version for shim in shims]
    create_adamw_v1().step(shims)
    assert all(weight.grad is None for shim in shims for weight in weights_of(shim))
    assert [shim.version for shim in shims] == [version + 1 for version in versions]


def test_a_step_without_gradients_changes_nothing(shims):
    optimizer = create_adamw_v1()
    before, versions = copies_of(shims), [shim.version for shim in shims]
    optimizer.step(shims)
    optimizer.step([])
    optimizer.step([TorchShim("head")])  # not initialized
    assert [shim.version for shim in shims] == versions
    check_equal(shims, before)


def test_weights_without_a_gradient_stay_as_they_are(shims):
    optimizer = create_adamw_v1(0.1, 0.1, weight_decay=0.5)
    set_gradients(shims, 0)
    optimizer.step(shims)
    before, versions = copies_of(shims), [shim.version for shim in shims]
    set_gradients(shims[1:], 1)
    optimizer.step(shims)
    check_equal(shims[:1], before[:1])
    assert [shim.version for shim in shims] == [versions[0], versions[1] + 1]
    assert all((weight != old).any() for weight, old in zip(weights_of(shims[1]), before[1]))


def test_frozen_weights_stay_as_they_are(shims):
    frozen = shims[0].module[0].weight
    frozen.requires_grad_(False)
    before = frozen.clone()
    set_gradients(shims, 0)
    create_adamw_v1(0.1, 0.1, weight_decay=0.5).step(shims)
    assert torch.equal(frozen, before)


def test_weights_that_learn_later_join(shims):
    optimizer = create_adamw_v1(0.01, 0.05, weight_decay=0.1, grad_clip=0.0)
    set_gradients(shims[:1], 0)
    optimizer.step(shims)
    copies = copies_of(shims[1:])
    peer = make_peer(copies, [0.05], 0.1)
    for step in (1, 2):
        gradients = set_gradients(shims[1:], step)
        for weight, gradient in zip(copies[0], gradients[0]):
            weight.grad = gradient
        optimizer.step(shims)
        peer.step()
    check_equal(shims[1:], copies)


def test_weights_of_thinc_are_served_at_the_heads_rate():
    settings = {"beta1": 0.8, "beta2": 0.95, "eps": 1e-6, "grad_clip": 1.0}
    optimizer = create_adamw_v1(1.0, 0.05, weight_decay=0.1, schedule=iter([0.5, 1.0]), **settings)
    peer = Optimizer(0.025, L2=0.1, L2_is_weight_decay=True, **settings)
    rng = np.random.default_rng(0)
    found = expected = rng.normal(size=(3, 2)).astype("float32")
    for rate in (0.025, 0.05, 0.05):
        gradient = rng.normal(size=(3, 2)).astype("float32")
        peer.learn_rate = rate
        found, zeros = optimizer((1, "W"), found.copy(), gradient.copy())
        expected, _ = peer((1, "W"), expected.copy(), gradient.copy())
        assert not zeros.any()
        assert found == pytest.approx(expected, abs=1e-7)
        optimizer.step_schedules()


def test_defaults_are_those_of_the_config_block():
    optimizer = create_adamw_v1()
    assert isinstance(optimizer, AdamW) and isinstance(optimizer, Optimizer)
    assert optimizer.rates == {"encoder": 5e-5, "head": 1e-3}
    assert (optimizer.weight_decay, optimizer.b1, optimizer.b2, optimizer.eps) == (0.01, 0.9, 0.999, 1e-8)
    assert (optimizer.grad_clip, optimizer.factor, optimizer.averages) == (1.0, 1.0, None)
    assert optimizer.layer_decay == 1.0


@pytest.mark.parametrize("setting", ["encoder_learn_rate", "head_learn_rate", "weight_decay", "grad_clip"])
def test_negative_settings_are_refused(setting):
    with pytest.raises(ValueError, match=rf"B012.*`{setting} = -0\.1`.*0 or more"):
        create_adamw_v1(**{setting: -0.1})
    create_adamw_v1(**{setting: 0.0})


def test_schedules_in_the_place_of_rates_are_refused():
    with pytest.raises(ValueError, match="B077.*`encoder_learn_rate = .*rates that change have a `schedule`"):
        create_adamw_v1(encoder_learn_rate=warmup_linear(1.0, 2, 4))


@pytest.mark.parametrize("eps", [0.0, -1e-8])
def test_gradients_of_0_must_not_be_divided_by_0(eps):
    with pytest.raises(ValueError, match=rf"B012.*`eps = {eps}`.*above 0"):
        create_adamw_v1(eps=eps)


def test_a_schedule_that_nobody_moves_on_from_0_is_told(shims):
    optimizer = create_adamw_v1(0.01, 0.05, schedule=warmup_linear(1.0, 2, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        set_gradients(shims, 1)
        optimizer.step(shims[:1])
        optimizer.step(shims[1:])  # the same step, of another part
        optimizer.step_schedules()
        for _ in range(4):
            set_gradients(shims, 1)
            optimizer.step(shims)
        for _ in range(3):
            optimizer.step_schedules()
        assert optimizer.factor == 0
        set_gradients(shims, 1)
        optimizer.step(shims)
    set_gradients(shims, 1)
    with pytest.warns(UserWarning, match="B108.*the schedule does not move on"):
        optimizer.step(shims)
