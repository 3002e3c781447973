"""Class weights, label smoothing and focal loss: settings and weights, and the losses by hand, by torch's own functions
and by finite differences."""

import pickle
from math import inf, log, nan

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.losses.controls import LossControls, balanced_classes, balanced_positives
from spacy_bert_ext.losses.losses import (
    NOTHING_ANNOTATED,
    Loss,
    crf_likelihood,
    cross_entropy_of_tags,
    exclusive_categories,
    independent_categories,
)
from spacy_bert_ext.tagging.tags import MISSING, all_tags
from tests.losses.test_losses import ALLOWED, NAN, B, I, L, O, U, check_gradients, ints, tag_scores, without_scores
from tests.tagging.brute import random_potentials

ALL = LossControls(label_smoothing=0.2, focal_gamma=1.5)
TAG_WEIGHTS = np.array([0.5, 2.0, 2.0, 2.0, 2.0])  # of O and of an entity's tags


# Settings


@pytest.mark.parametrize(
    ("settings", "code", "named"),
    [
        ({"class_weights": "even"}, "B075", "'even'.*null, \"balanced\", or a table"),
        ({"class_weights": 2.0}, "B075", "2.0"),
        ({"class_weights": {"a": 0}}, "B012", r"class_weights\['a'\] = 0.*above 0"),
        ({"class_weights": {"a": 1, "b": -1.0}}, "B012", r"class_weights\['b'\] = -1.0.*above 0"),
        ({"class_weights": {"a": inf}}, "B012", "inf.*above 0"),
        ({"class_weights": {"a": "2"}}, "B077", r"class_weights\['a'\] = '2'.*no number"),
        ({"label_smoothing": 1.0}, "B012", "label_smoothing = 1.0.*from 0 up to below 1"),
        ({"label_smoothing": -0.1}, "B012", "label_smoothing"),
        ({"label_smoothing": nan}, "B012", "label_smoothing"),
        ({"label_smoothing": True}, "B077", "label_smoothing = True"),
        ({"focal_gamma": -1}, "B012", "focal_gamma = -1.*0 or more"),
        ({"focal_gamma": inf}, "B012", "focal_gamma"),
        ({"focal_gamma": None}, "B077", "focal_gamma = None"),
        ({"loss_weight": 0.0}, "B012", "loss_weight = 0.0.*above 0"),
        ({"loss_weight": nan}, "B012", "loss_weight"),
        ({"loss_weight": "1"}, "B077", "loss_weight = '1'"),
    ],
)
def test_bad_settings_are_refused(settings, code, named):
    with pytest.raises(ValueError, match=rf"\[{code}\].*{named}"):
        LossControls(**settings)


def test_settings_survive_pickling():
    controls = LossControls({"a": 2}, 0.1, 2, 0.5)
    assert pickle.loads(pickle.dumps(controls)) == controls


def test_weights_of_unknown_classes_are_refused():
    controls = LossControls({"a": 2.0, "c": 1.0})
    controls.check_classes(["a", "b", "c"], "head")
    with pytest.raises(ValueError, match=r"\[B076\].*'c', which 'head' does not know.*a, b"):
        controls.check_classes(["a", "b"], "head")


def test_balanced_weights_of_classes_by_hand():
    # 12 examples of three classes: 12 / (3 * 6), 12 / (3 * 4), 12 / (3 * 2).
    assert balanced_classes(np.array([6, 4, 2])).tolist() == pytest.approx([2 / 3, 1, 2])
    # A class without examples is none of the k.
    found = balanced_classes(np.array([6, 0, 2]))
    assert found[[0, 2]].tolist() == pytest.approx([8 / 12, 2])
    assert np.isnan(found[1])
    assert np.isnan(balanced_classes(np.zeros(2))).all()


def test_balanced_weights_of_positives_by_hand():
    found = balanced_positives(np.array([2.0, 5.0, 0.0, 3.0]), np.array([6.0, 1.0, 4.0, 0.0]))
    assert found[:2].tolist() == [3.0, 0.2]
    assert np.isnan(found[2:]).all()


# Tags


def test_weighted_cross_entropy_of_tags_by_hand():
    logits = torch.tensor([[0.0, 0, 0, 0, 0], [log(4.0), 0, 0, 0, 0], [0.0, 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [3]), ints(B, O, MISSING), weights=TAG_WEIGHTS)
    # One of five at weight 2, 4 of 8 at weight 1/2.
    assert loss.value == pytest.approx((2 * log(5) + 0.5 * log(2)) / 2.5, abs=1e-6)
    assert loss.weight == 2.5
    expected = torch.tensor([[0.2, -0.8, 0.2, 0.2, 0.2], [-0.5, 0.125, 0.125, 0.125, 0.125], [0] * 5])
    torch.testing.assert_close(loss.gradients[0], expected * torch.tensor([[2.0], [0.5], [0.0]]) / 2.5)


def test_smoothed_cross_entropy_of_tags_by_hand():
    logits = torch.tensor([[log(4.0), 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [1]), ints(O), LossControls(label_smoothing=0.2))
    # -log of 1/2 once and of 1/8 four times.
    assert loss.value == pytest.approx(0.8 * log(2) + 0.2 * (log(2) + 4 * log(8)) / 5, abs=1e-6)
    # Probabilities less the smoothed truth.
    expected = torch.tensor([[0.5 - 0.84, *[0.125 - 0.04] * 4]])
    torch.testing.assert_close(loss.gradients[0], expected)


@pytest.mark.parametrize("gamma", [0.5, 1.0, 2.0])
def test_focal_cross_entropy_of_tags_by_hand(gamma):
    logits = torch.tensor([[0.0, 0, 0, 0, 0], [log(4.0), 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [2]), ints(B, O), LossControls(focal_gamma=gamma))
    assert loss.value == pytest.approx((0.8**gamma * log(5) + 0.5**gamma * log(2)) / 2, abs=1e-6)
    assert loss.weight == 2


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
@pytest.mark.parametrize("weights", [None, TAG_WEIGHTS])
def test_cross_entropy_of_tags_is_torchs(smoothing, weights):
    logits, gold = torch.randn(6, 5), ints(O, MISSING, B, L, MISSING, U)
    controls = LossControls(label_smoothing=smoothing)
    expected = functional.cross_entropy(
        logits,
        torch.from_numpy(gold),
        weight=None if weights is None else torch.tensor(weights).float(),
        ignore_index=MISSING,
        label_smoothing=smoothing,
    )
    found = cross_entropy_of_tags(tag_scores((logits,), [6]), gold, controls, weights)
    assert found.value == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize("weights", [None, TAG_WEIGHTS])
def test_gradients_of_controlled_tags_are_finite_differences(weights):
    logits, gold = torch.randn(6, 5, dtype=torch.float64), ints(O, MISSING, B, L, MISSING, U)
    check_gradients(lambda t: cross_entropy_of_tags(tag_scores(t, [4, 2]), gold, ALL, weights), (logits,))


@pytest.mark.parametrize("gamma", [0.5, 1.0, 3.0])
def test_focal_loss_of_what_is_certain_is_finite(gamma):
    logits = torch.tensor([[200.0, 0, 0, 0, 0], [200.0, 0, 0, 0, 0]])
    loss = cross_entropy_of_tags(tag_scores((logits,), [2]), ints(O, B), LossControls(focal_gamma=gamma))
    assert loss.value == pytest.approx(100)
    assert loss.gradients[0].isfinite().all()
    torch.testing.assert_close(loss.gradients[0][0], torch.zeros(5))


# Tags as a sequence


def test_weighted_crf_by_counting_sequences():
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(B, L), ALLOWED, weights=TAG_WEIGHTS)
    # Of O O, O U, U O, U U and B L one begins with B; L follows for certain.
    assert loss.value == pytest.approx(2 * log(5) / 4, abs=1e-6)
    assert loss.weight == 4
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(O, U), ALLOWED, weights=TAG_WEIGHTS)
    # Two begin with O, one of them ends in U.
    assert loss.value == pytest.approx((0.5 * log(5 / 2) + 2 * log(2)) / 2.5, abs=1e-6)
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(MISSING, U), ALLOWED, weights=TAG_WEIGHTS)
    assert loss.value == pytest.approx(log(5 / 2), abs=1e-6)
    assert loss.weight == 2


def test_focal_crf_by_counting_sequences():
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(B, L), ALLOWED, LossControls(focal_gamma=2))
    assert loss.value == pytest.approx(0.8**2 * log(5) / 2, abs=1e-6)


def test_smoothed_crf_spreads_over_the_tags_that_may_stand_there():
    loss = crf_likelihood(tag_scores(without_scores(2), [2]), ints(O, U), ALLOWED, LossControls(label_smoothing=0.3))
    # First O, B or U: 2, 1 and 2 of 5; then O or U.
    first = 0.7 * log(5 / 2) + 0.3 * (log(5 / 2) + log(5) + log(5 / 2)) / 3
    assert loss.value == pytest.approx((first + log(2)) / 2, abs=1e-6)


def test_crf_with_even_weights_is_the_plain_one():
    tensors, gold = tuple(random_potentials(8, 5)), ints(B, L, MISSING, O, U, MISSING, MISSING, O)
    scores = tag_scores(tensors, [4, 0, 1, 3])
    plain, even = crf_likelihood(scores, gold, ALLOWED), crf_likelihood(scores, gold, ALLOWED, weights=np.ones(5))
    assert even.value == pytest.approx(plain.value, abs=1e-9)
    assert even.weight == plain.weight == 5
    for found, expected in zip(even.gradients, plain.gradients):
        torch.testing.assert_close(found, expected)


@pytest.mark.parametrize("gold", [[B, I, L, O, U], [MISSING, L, MISSING, O, MISSING]])
@pytest.mark.parametrize("weights", [None, TAG_WEIGHTS])
def test_gradients_of_a_controlled_crf_are_finite_differences(gold, weights):
    tensors = tuple(random_potentials(5, 5))
    check_gradients(lambda t: crf_likelihood(tag_scores(t, [3, 0, 2]), ints(*gold), ALLOWED, ALL, weights), tensors)


def test_controlled_crf_of_single_tokens_has_no_gradient_for_pairs():
    loss = crf_likelihood(tag_scores(random_potentials(2, 5), [1, 1]), ints(O, U), ALLOWED, weights=TAG_WEIGHTS)
    assert not loss.gradients[3].any()
    assert loss.gradients[0].any() and loss.gradients[1].any() and loss.gradients[2].any()


def test_controlled_crf_of_many_labels_has_the_type_of_the_scores():
    """With so many tags that the plain likelihood computes by blocks."""
    allowed = all_tags(12, "BILUO").allowed
    assert allowed.blocks
    tensors = tuple(tensor.float() for tensor in random_potentials(3, 49))
    scores, gold = tag_scores(tensors, [3]), ints(B, L, O)
    loss = crf_likelihood(scores, gold, allowed, weights=np.ones(49))
    assert loss.value == pytest.approx(crf_likelihood(scores, gold, allowed).value, abs=1e-5)
    assert {gradient.dtype for gradient in loss.gradients} == {torch.float32}


# Categories of which one holds


@pytest.mark.parametrize(
    ("gold", "expected", "weight"),
    [
        # Probabilities are 1/2, 1/4 and 1/4, weights 1, 2 and 4.
        ([[1, 0, 0]], log(2), 1),
        ([[1, 0, 0], [0, 1, 0]], (log(2) + 2 * log(4)) / 3, 3),
        ([[0, NAN, 1]], log(4), 4),
        ([[0.5, 0.5, 0]], (0.5 * log(2) + log(4)) / 1.5, 1.5),
        # Only what does not hold: the mean weight of the others.
        ([[0, NAN, NAN], [1, 0, 0]], (3 * log(2) + log(2)) / 4, 4),
        ([[NAN, 0, NAN], [NAN, NAN, NAN]], log(4 / 3), 2.5),
    ],
)
def test_weighted_exclusive_categories_by_hand(gold, expected, weight):
    logits = torch.tensor([[log(2.0), 0, 0]] * len(gold))
    loss = exclusive_categories(logits, np.array(gold), weights=np.array([1.0, 2.0, 4.0]))
    assert loss.value == pytest.approx(expected, abs=1e-6)
    assert loss.weight == weight


@pytest.mark.parametrize(
    ("gold", "expected"),
    [
        ([[1, 0, 0]], 0.9 * log(2) + 0.1 * (log(2) + 2 * log(4)) / 3),
        # What follows from the one that holds, too.
        ([[NAN, 1, NAN]], 0.9 * log(4) + 0.1 * (log(2) + 2 * log(4)) / 3),
        # Nothing goes to what is known not to hold.
        ([[0, NAN, NAN]], 0.9 * log(2) + 0.1 * log(4)),
        ([[NAN, 0, NAN]], 0.9 * log(4 / 3) + 0.1 * (log(2) + log(4)) / 2),
    ],
)
def test_smoothed_exclusive_categories_by_hand(gold, expected):
    logits = torch.tensor([[log(2.0), 0, 0]])
    loss = exclusive_categories(logits, np.array(gold), LossControls(label_smoothing=0.1))
    assert loss.value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize(
    ("gold", "expected"),
    [
        ([[1, 0, 0]], 0.25 * log(2)),
        ([[0, 1, 0]], 0.5625 * log(4)),
        ([[NAN, 0, NAN]], 0.0625 * log(4 / 3)),
        ([[0.5, 0.5, 0]], (0.25 * log(2) + 0.5625 * log(4)) / 2),
    ],
)
def test_focal_exclusive_categories_by_hand(gold, expected):
    loss = exclusive_categories(torch.tensor([[log(2.0), 0, 0]]), np.array(gold), LossControls(focal_gamma=2))
    assert loss.value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_exclusive_categories_are_torchs(smoothing):
    logits, truth = torch.randn(6, 3), torch.tensor([0, 1, 2, 2, 2, 1])
    weights = np.array([1.0, 2.0, 0.5])
    controls = LossControls(label_smoothing=smoothing)
    expected = functional.cross_entropy(logits, truth, weight=torch.tensor(weights).float(), label_smoothing=smoothing)
    found = exclusive_categories(logits, functional.one_hot(truth).double().numpy(), controls, weights)
    assert found.value == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 0.5])])
def test_gradients_of_controlled_exclusive_categories_are_finite_differences(weights):
    logits = torch.randn(5, 3, dtype=torch.float64)
    gold = np.array([[1, 0, 0], [NAN, NAN, NAN], [0, NAN, 0], [NAN, 0, NAN], [0.2, 0.8, 0]])
    check_gradients(lambda tensors: exclusive_categories(tensors[0], gold, ALL, weights), (logits,))


# Categories that hold independently


def test_weighted_independent_categories_by_hand():
    logits = torch.tensor([[0, log(3.0)]] * 2)
    gold = np.array([[1, 1], [0, NAN]])
    loss = independent_categories(logits, gold, weights=np.array([3.0, 0.5]))
    assert loss.value == pytest.approx((3 * log(2) + 0.5 * log(4 / 3) + log(2)) / 3, abs=1e-6)
    assert loss.weight == 3


def test_smoothed_independent_categories_by_hand():
    loss = independent_categories(torch.tensor([[log(3.0)]]), np.array([[1.0]]), LossControls(label_smoothing=0.2))
    # Nine tenths of the truth is yes.
    assert loss.value == pytest.approx(0.9 * log(4 / 3) + 0.1 * log(4), abs=1e-6)


@pytest.mark.parametrize(("gold", "expected"), [(1, 0.0625 * log(4 / 3)), (0, 0.5625 * log(4))])
def test_focal_independent_categories_by_hand(gold, expected):
    loss = independent_categories(torch.tensor([[log(3.0)]]), np.array([[gold]]), LossControls(focal_gamma=2))
    assert loss.value == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.3])
def test_independent_categories_are_torchs(smoothing):
    logits, gold = torch.randn(4, 3), torch.rand(4, 3)
    weights = np.array([1.0, 2.0, 0.5])
    expected = functional.binary_cross_entropy_with_logits(
        logits, gold * (1 - smoothing) + smoothing / 2, pos_weight=torch.tensor(weights).float()
    )
    controls = LossControls(label_smoothing=smoothing)
    found = independent_categories(logits, gold.double().numpy(), controls, weights)
    assert found.value == pytest.approx(expected.item(), abs=1e-6)


@pytest.mark.parametrize("weights", [None, np.array([1.0, 2.0, 0.5])])
def test_gradients_of_controlled_independent_categories_are_finite_differences(weights):
    logits = torch.randn(3, 3, dtype=torch.float64)
    gold = np.array([[1, 0, NAN], [NAN, NAN, NAN], [0, 0.5, 1]])
    check_gradients(lambda tensors: independent_categories(tensors[0], gold, ALL, weights), (logits,))


# Whatever the loss


def test_a_factor_scales_loss_and_gradients_but_not_their_weight():
    loss = Loss(2.0, (torch.tensor([1.0, 3.0]),), 5.0).times(0.5)
    assert (loss.value, loss.weight) == (1.0, 5.0)
    assert loss.gradients[0].tolist() == [0.5, 1.5]
    assert NOTHING_ANNOTATED.times(3) == NOTHING_ANNOTATED


@pytest.mark.parametrize("weights", [None, TAG_WEIGHTS])
@pytest.mark.parametrize("decoder", ["constrained", "crf"])
def test_means_of_parts_by_their_weights_are_the_mean_of_all(decoder, weights):
    gold = ints(O, B, L, MISSING, O, B, I, L)
    logits, *pairs = random_potentials(8, 5)

    def loss_of(rows: slice, *lengths: int) -> Loss:
        scores = tag_scores((logits[rows], *pairs), list(lengths))
        if decoder == "crf":
            return crf_likelihood(scores, gold[rows], ALLOWED, ALL, weights)
        return cross_entropy_of_tags(scores, gold[rows], ALL, weights)

    first, second, whole = loss_of(slice(0, 3), 3), loss_of(slice(3, 8), 5), loss_of(slice(0, 8), 3, 5)
    assert whole.weight == first.weight + second.weight
    summed = first.value * first.weight + second.value * second.weight
    assert summed / whole.weight == pytest.approx(whole.value, abs=1e-7)
