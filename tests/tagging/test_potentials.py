"""Potentials of a CRF: what is forbidden is -inf, and in double precision where the device has it."""

from math import inf

import torch

from spacy_bert_ext.tagging.potentials import crf_potentials, widest
from spacy_bert_ext.tagging.tags import all_tags

O, B, I, L, U = range(5)


def test_forbidden_tags_and_pairs_are_ruled_out():
    tensors = (torch.ones(1, 5), torch.full((5,), 2.0), torch.full((5,), 3.0), torch.full((5, 5), 4.0))
    potentials = crf_potentials(tensors, all_tags(1, "BILUO").allowed)
    assert potentials.emissions.tolist() == [[1.0] * 5]
    assert potentials.start.tolist() == [2.0, 2.0, -inf, -inf, 2.0]
    assert potentials.end.tolist() == [3.0, -inf, -inf, 3.0, 3.0]
    assert potentials.between[B].tolist() == [-inf, -inf, 4.0, 4.0, -inf]
    assert potentials.between[L].tolist() == [4.0, 4.0, -inf, -inf, 4.0]


def test_precision():
    half = tuple(torch.zeros(shape, dtype=torch.bfloat16) for shape in ((2, 5), (5,), (5,), (5, 5)))
    potentials = crf_potentials(half, all_tags(1, "BILUO").allowed)
    assert {tensor.dtype for tensor in potentials} == {widest(half[0])} == {torch.float64}
