import math

import numpy as np
import pytest
import torch

from spacy_bert_ext.heads.language_model import MaskedScores
from spacy_bert_ext.pipeline.pretraining.figures import figures_of


def test_means_are_over_pieces_not_batches():
    batches = [
        MaskedScores(torch.log(torch.tensor([[0.5, 0.5], [0.25, 0.75]])), np.array([0, 1])),
        MaskedScores(torch.zeros(0, 2), np.zeros(0, np.int64)),
        MaskedScores(torch.log(torch.tensor([[0.75, 0.25]])), np.array([1])),
    ]
    found = figures_of(batches)
    product = 0.5 * 0.75 * 0.25
    assert found["mlm_probability"] == pytest.approx(product ** (1 / 3))
    assert found["mlm_perplexity"] == pytest.approx(product ** (-1 / 3))
    assert found["mlm_cross_entropy"] == pytest.approx(-math.log(product) / 3)
    assert found["mlm_accuracy"] == pytest.approx(2 / 3)


def test_accuracy_of_pairs_is_over_all_of_them():
    nothing = torch.zeros(0, 2), np.zeros(0, np.int64)
    batches = [
        MaskedScores(*nothing, torch.tensor([[1.0, 0.0], [1.0, 0.0], [0.0, 1.0]]), np.array([0, 1, 1])),
        MaskedScores(*nothing),
        MaskedScores(*nothing, torch.tensor([[1.0, 0.0]]), np.array([1])),
    ]
    assert figures_of(batches, next_sentence=True)["nsp_accuracy"] == 0.5
    assert figures_of(batches[1:2], next_sentence=True)["nsp_accuracy"] is None
    assert "nsp_accuracy" not in figures_of(batches)


def test_nothing_masked():
    assert set(figures_of([]).values()) == {None}
