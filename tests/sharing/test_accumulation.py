"""Gradients of sub-batches (`accumulate_gradient`) against those of one batch with all of their Docs."""

import copy
from collections.abc import Iterable, Sequence
from typing import Any

import pytest
import torch
from spacy.language import Language
from spacy.training import Example
from thinc.api import Adam

from spacy_bert_ext.losses.controls import LossControls
from spacy_bert_ext.runtime.torch_shim import TorchShim
from spacy_bert_ext.sharing.accumulation import Accumulation
from tests.annotated import DATA, TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import weights_of
from tests.pipeline.gradients import Recorder, recorded, switch_off_dropout, update_as_spacy_train
from tests.pipeline.pipelines import HEADS, TWO, encoder_of, head_of, make_initialized, make_nlp

# Sub-batches of 1 and 25 annotated tokens, of 1 and 4 Docs.
FEW = [
    (
        "Washington",
        {
            "entities": [(0, 10, "GPE")],
            "spans": {"sc": [(0, 10, "NAME")]},
            "cats": {"news": 1.0, "sport": 0.0, "order": 0.0},
        },
    )
]
MANY = [*DATA, ("nothing", {"entities": ["-"], "cats": {"news": 1.0}})]


def make_pipeline(folder: str, heads: Sequence[str] = TWO, **settings: Any) -> Language:
    """Heads of these settings, without dropout, and with the large weights that gradients need to differ."""
    nlp = make_nlp(folder, heads=())
    for name in heads:
        nlp.add_pipe(name, config=settings)
    nlp.initialize(lambda: make_examples(nlp))
    switch_off_dropout(nlp)
    for name in heads:
        for weight in head_of(nlp, name).shim.module.parameters():
            weight.data += 0.3 * torch.randn_like(weight)
    return nlp


class ByComponent(Recorder):
    """Names the gradients of a step by component, too."""

    def __init__(self, nlp: Language) -> None:
        super().__init__()
        self.names = {id(component.shim): name for name, component in nlp.pipeline}

    def step(self, shims: Iterable[TorchShim]) -> None:
        shims = list(shims)
        found = {}
        for shim in shims:
            for name, weight in shim.trainable_parameters():
                if weight.grad is not None:
                    found[f"{self.names[id(shim)]} {name}"] = weight.grad.clone()
        self.gradients.append(found)
        for shim in shims:
            shim.clear_gradients()


def gradients(nlp: Language, *batches: Sequence[tuple[str, dict]]) -> dict[str, torch.Tensor]:
    """Of the one step that these sub-batches make, by component and weight."""
    recorder = ByComponent(nlp)
    update_as_spacy_train(nlp, [make_examples(nlp, batch) for batch in batches], recorder, ())
    (found,) = [step for step in recorder.gradients if step]
    return found


def assert_close(found: dict[str, torch.Tensor], expected: dict[str, torch.Tensor]) -> None:
    assert found.keys() == expected.keys()
    largest = max((float(gradient.abs().max()) for gradient in expected.values()), default=0.0)
    for name, gradient in found.items():
        # Rounding is that of the largest gradients, of which the others are sums and differences.
        torch.testing.assert_close(gradient, expected[name], rtol=1e-4, atol=max(1e-6, 2e-7 * largest), msg=name)


def of(name: str, found: dict[str, torch.Tensor]) -> dict[str, torch.Tensor]:
    return {key: gradient for key, gradient in found.items() if key.startswith(name + " ")}


# Factors


def test_one_head_has_the_weighted_mean_by_hand() -> None:
    accumulation = Accumulation()
    assert accumulation.add({"a": 2.0}) == (1.0, {"a": 1.0})
    # 2 of 8, then 8 of 10.
    assert accumulation.add({"a": 6.0}) == (0.25, {"a": 0.75})
    assert accumulation.add({"a": 2.0}) == (0.8, {"a": pytest.approx(0.2)})


def test_heads_of_like_proportions_have_their_weighted_means() -> None:
    accumulation = Accumulation()
    accumulation.add({"a": 2.0, "b": 20.0})
    assert accumulation.add({"a": 6.0, "b": 60.0}) == (0.25, {"a": 0.75, "b": 0.75})


def test_heads_of_unlike_proportions_share_the_mean_of_their_factors() -> None:
    accumulation = Accumulation()
    accumulation.add({"a": 1.0, "b": 1.0})
    # 1 of 4 and 1 of 2.
    assert accumulation.add({"a": 3.0, "b": 1.0}) == (0.375, {"a": 0.625, "b": 0.625})


def test_heads_that_learn_from_different_sub_batches_lose_nothing() -> None:
    accumulation = Accumulation()
    accumulation.add({"a": 5.0})
    assert accumulation.add({"b": 2.0}) == (1.0, {"b": 1.0})


def test_a_head_that_pauses_weighs_fully_again_when_it_goes_on() -> None:
    accumulation = Accumulation()
    accumulation.add({"a": 1.0, "b": 1.0})
    # 1 of 1 and 1 of 2.
    assert accumulation.add({"b": 1.0}) == (0.75, {"b": 0.25})
    # 1 of 2 and 2 of 4: of a, 3/8 are left.
    assert accumulation.add({"a": 1.0, "b": 2.0}) == (0.5, {"a": 1 - 0.375, "b": 0.5})


@pytest.mark.parametrize("weights", [(1.0, 3.0), (7.0, 11.0, 0.5), (2.0, 2.0, 2.0, 2.0)])
def test_a_gradient_that_is_not_scaled_has_the_sum_scaled_instead(weights: tuple[float, ...]) -> None:
    accumulation, added, total = Accumulation(), 0.0, 0.0
    for gradient, weight in enumerate(weights):
        added = added * accumulation.add_as_it_is(weight) + gradient
        total += weight
        mean = sum(g * w for g, w in zip(range(gradient + 1), weights)) / total
        assert added * accumulation.rest == pytest.approx(mean)


# One head

CONTROLLED = {"class_weights": "balanced", "label_smoothing": 0.1, "focal_gamma": 1.0}


@pytest.mark.parametrize(
    ("name", "settings"),
    [
        *((name, {}) for name in HEADS),
        *(
            (name, {"loss": {"class_weights": "balanced", "label_smoothing": 0.1, "focal_gamma": 1.0}})
            for name in HEADS
        ),
        ("bert_ner", {"decoder": "greedy", "loss": {"class_weights": {"O": 0.1}, "weight": 3.0}}),
    ],
)
def test_sub_batches_give_the_gradients_of_one_batch(bert_folder: str, name: str, settings: dict) -> None:
    nlp = make_pipeline(bert_folder, [name], **settings)
    whole = gradients(nlp, [*FEW, *MANY])
    assert_close(gradients(nlp, FEW, MANY), whole)
    assert_close(gradients(nlp, MANY[:2], FEW, MANY[2:]), whole)
    apart = [gradients(nlp, batch) for batch in (FEW, MANY)]
    means = {key: sum(step[key] for step in apart) / 2 for key in whole}
    assert any(not torch.allclose(means[key], whole[key], rtol=1e-2, atol=1e-3) for key in of("bert_encoder", whole))


def test_a_head_with_an_encoder_of_its_own_steps_as_with_one_batch(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder, ["bert_ner"])
    shared = gradients(nlp, [*FEW, *MANY])
    nlp.replace_listeners("bert_encoder", "bert_ner", ["model.encoder"])
    nlp.get_pipe("bert_ner").own_encoder().shims[0].module.eval()
    found = recorded(nlp, update_as_spacy_train, make_examples(nlp, FEW), make_examples(nlp, MANY)).gradients
    assert len(found) == 1
    expected = {"head" + key.removeprefix("bert_ner"): gradient for key, gradient in of("bert_ner", shared).items()}
    expected |= {key.removeprefix("bert_"): gradient for key, gradient in of("bert_encoder", shared).items()}
    assert_close(found[0], expected)


def test_sub_batches_without_annotation_change_nothing(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder)
    bare = [(text, {}) for text in TEXTS]
    assert_close(gradients(nlp, bare, MANY, bare), gradients(nlp, MANY))


# Several heads


def test_each_heads_weights_are_exact_beside_others(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder, HEADS)
    whole, parts = gradients(nlp, [*FEW, *MANY]), gradients(nlp, FEW, MANY)
    for name in HEADS:
        assert_close(of(name, parts), of(name, whole))


def test_the_encoder_is_exact_where_heads_have_like_shares(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder)
    # 8 tokens and 1 Doc, then 16 tokens and 2 Docs.
    first, second = DATA[:1], DATA[1:]
    assert [len(nlp.make_doc(text)) for text in TEXTS] == [8, 9, 7]
    assert_close(gradients(nlp, first, second), gradients(nlp, [*first, *second]))


def test_the_encoder_has_the_mean_of_the_shares_where_they_are_unlike(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder)
    found = of("bert_encoder", gradients(nlp, FEW, MANY))
    first, second = (of("bert_encoder", gradients(nlp, batch)) for batch in (FEW, MANY))
    n_tokens = sum(len(nlp.make_doc(text)) for text in TEXTS)
    share = (1 / (1 + n_tokens) + 1 / 5) / 2  # of the first sub-batch: of its tokens, and of its Docs
    assert_close(found, {key: share * first[key] + (1 - share) * second[key] for key in found})


def test_heads_with_sub_batches_of_their_own_weigh_as_in_one_batch(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder)
    of_ner = [(text, {"entities": annotation["entities"]}) for text, annotation in DATA]
    of_textcat = [(text, {"cats": annotation["cats"]}) for text, annotation in DATA]
    assert_close(gradients(nlp, of_ner, of_textcat), gradients(nlp, DATA))


# The step


def test_the_optimizer_is_given_the_gradients_of_one_batch(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder, ["bert_ner"])
    batches = [make_examples(nlp, batch) for batch in (FEW, MANY)]
    (parts,) = recorded(nlp, update_as_spacy_train, *batches).gradients
    (whole,) = recorded(nlp, update_as_spacy_train, [*batches[0], *batches[1]]).gradients
    assert_close(parts, whole)
    (again,) = recorded(nlp, update_as_spacy_train, *batches).gradients
    assert_close(again, whole)  # nothing is left of the step before


def test_the_weights_after_a_step_are_those_after_one_batch(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder, ["bert_ner"])
    learned = []
    for batches in ([[*FEW, *MANY]], [FEW, MANY]):
        one = copy.deepcopy(nlp)
        update_as_spacy_train(one, [make_examples(one, batch) for batch in batches], Adam(0.01), ())
        learned.append(weights_of(head_of(one, "bert_ner").shim.module) | weights_of(encoder_of(one).shim.module))
    for name, weight in learned[0].items():
        torch.testing.assert_close(learned[1][name], weight, rtol=0, atol=1e-3, msg=name)


def test_a_step_that_fails_leaves_no_weights_to_the_next(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder)
    expected = gradients(nlp, FEW, MANY)
    bad = [("order", {"entities": [], "cats": {"news": 7.0}})]
    with raises_code("B027"):
        for batch in (MANY, bad):
            nlp.update(make_examples(nlp, batch), sgd=False)
    assert_close(gradients(nlp, FEW, MANY), expected)


def test_loss_weights_count_in_every_sub_batch(bert_folder: str) -> None:
    nlp = make_pipeline(bert_folder, ["bert_ner"])
    plain = gradients(nlp, FEW, MANY)
    head_of(nlp, "bert_ner").controls = LossControls(weight=0.25)
    assert_close(gradients(nlp, FEW, MANY), {key: gradient / 4 for key, gradient in plain.items()})


def test_training_with_dropout_learns(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, TWO)
    batches: list[list[Example]] = [[eg] for eg in make_examples(nlp)]
    sgd = Adam(0.005)
    losses = []
    for _ in range(30):
        losses.append(sum(sum(nlp.update(batch, sgd=False).values()) for batch in batches))
        for _, component in nlp.pipeline:
            component.finish_update(sgd)
    assert losses[-1] < 0.5 * losses[0]
