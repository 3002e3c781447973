"""The loss of answers, worked out by hand and beside torch's cross-entropy."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from spacy_bert_ext.losses.answer_losses import NO_ANSWER, GoldAnswers, loss_of_answers
from spacy_bert_ext.losses.controls import LossControls
from tests.losses.scored import check_gradients, ints
from tests.questions.scored import answer_scores, two_pairs

BOTH = np.array([True, True])


def gold(first, last, is_annotated=BOTH) -> GoldAnswers:
    return GoldAnswers(ints(*first), ints(*last), is_annotated)


def cross_entropy(logits, right) -> float:
    return float(functional.cross_entropy(torch.tensor([logits]), torch.tensor([right])))


def test_windows_that_own_no_end_are_to_choose_their_first_special_piece():
    # The answer begins in the first window, at its second piece, and ends in the second one.
    loss = loss_of_answers(two_pairs(), gold([1, NO_ANSWER], [2, NO_ANSWER]))
    starts = [cross_entropy([1.0, 1.0, 9.0], 2), cross_entropy([2.0, 3.0], 0), cross_entropy([4.0, 0.5], 0)]
    ends = [cross_entropy([1.0, 0.0, 2.0], 0), cross_entropy([-1.0, 4.0], 1), cross_entropy([4.0, 0.25], 0)]
    assert loss.value == pytest.approx(sum(starts + ends) / 6, rel=1e-6)
    assert loss.weight == 3.0


def test_pairs_that_are_not_annotated_give_no_loss():
    some = loss_of_answers(two_pairs(), gold([2, 0], [2, 0], np.array([True, False])))
    assert some.weight == 2.0
    assert (some.gradients[0][3:] == 0).all() and (some.gradients[1][2:] == 0).all()
    assert loss_of_answers(two_pairs(), gold([2, 0], [2, 0], ~BOTH)).gradients is None


@pytest.mark.parametrize("settings", [{}, {"label_smoothing": 0.2}, {"focal_gamma": 2.0, "label_smoothing": 0.1}])
def test_gradients(settings):
    shape = {"windows_per_pair": [2, 1], "tokens_per_pair": [3, 1], "pieces_per_window": [2, 1, 1]}
    controls = LossControls(**settings)
    torch.manual_seed(0)
    tensors = (torch.randn(4, 2, dtype=torch.float64), torch.randn(3, 2, dtype=torch.float64))

    def loss_of(moved):
        scores = answer_scores(*moved, **shape, pieces_per_token=[2, 0, 1, 1])
        return loss_of_answers(scores, gold([1, NO_ANSWER], [2, NO_ANSWER]), controls)

    check_gradients(loss_of, tensors)


def test_smoothing_spreads_over_the_places_of_each_window():
    controls = LossControls(label_smoothing=0.3)
    loss = loss_of_answers(two_pairs(), gold([NO_ANSWER] * 2, [NO_ANSWER] * 2, np.array([False, True])), controls)
    expected = [
        float(functional.cross_entropy(torch.tensor([logits]), torch.tensor([0]), label_smoothing=0.3))
        for logits in ([4.0, 0.5], [4.0, 0.25])
    ]
    assert loss.value == pytest.approx(sum(expected) / 2, rel=1e-6)


def test_texts_without_pieces():
    scores = answer_scores(
        [], [[1.0, 2.0]], windows_per_pair=[1], tokens_per_pair=[0], pieces_per_window=[0], pieces_per_token=[]
    )
    loss = loss_of_answers(scores, gold([NO_ANSWER], [NO_ANSWER], np.array([True])))
    assert (loss.value, loss.weight) == (0.0, 1.0)
