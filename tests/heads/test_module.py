"""Outputs that are added later."""

import math

import torch

from spacy_bert_ext.heads.module import UNLIKELY, grown_linear


def test_new_outputs_are_rare_whatever_the_vector():
    linear = torch.nn.Linear(4, 3)
    vectors = 100 * torch.randn(1000, 4)
    together = grown_linear(linear, 5, exclusive=True)(vectors)
    torch.testing.assert_close(together[:, :3], linear(vectors))
    assert together.softmax(1)[:, 3:].max() <= math.exp(-UNLIKELY) / 3 + 1e-6
    alone = grown_linear(linear, 5, exclusive=False)(vectors)
    torch.testing.assert_close(alone[:, :3], linear(vectors))
    assert alone.sigmoid()[:, 3:].max() < 0.007
    bare = grown_linear(torch.nn.Linear(4, 3, bias=False), 5, exclusive=True)
    assert bare.bias is None and bare(vectors).softmax(1)[:, 3].max() <= 1 / 3 + 1e-6
