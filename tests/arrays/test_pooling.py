import torch

from spacy_bert_ext.arrays.pooling import pool_window


def test_windows_of_which_nothing_counts_are_zeros():
    hidden = torch.ones(2, 3, 4)
    found = pool_window(hidden, torch.tensor([[1, 1, 0], [0, 0, 0]]), "mean")
    assert found.tolist() == [[1.0] * 4, [0.0] * 4]


def test_first_is_the_first_piece_and_mean_that_of_the_pieces_that_count():
    hidden = torch.tensor([[[1.0], [3.0], [100.0]]])
    mask = torch.tensor([[1, 1, 0]])
    assert pool_window(hidden, mask, "first").tolist() == [[1.0]]
    assert pool_window(hidden, mask, "mean").tolist() == [[2.0]]
