"""One sequence in NumPy, compared with the same by torch."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.tagging.crf_alone import MAX_TOKENS, can_decode_alone, decode_alone
from spacy_bert_ext.tagging.segment_decoding import decode_segments
from spacy_bert_ext.tagging.segments import whole
from spacy_bert_ext.tagging.tags import all_tags


def made(n_tokens: int, n_tags: int, seed: int = 0, spread: float = 3.0) -> tuple[torch.Tensor, ...]:
    generator = torch.Generator().manual_seed(seed)
    shapes = (n_tokens, n_tags), (n_tags,), (n_tags,), (n_tags, n_tags)
    return tuple(torch.randn(shape, generator=generator) * spread for shape in shapes)


def by_torch(tensors, allowed, temperature=1.0):
    segments = whole(np.array([len(tensors[0])]))
    return decode_segments(tensors, allowed, segments, temperature=temperature, dtype=torch.float32)


@pytest.mark.parametrize("scheme, n_labels", [("BILUO", 2), ("BILUO", 14), ("BIO", 3), ("IO", 5)])
@pytest.mark.parametrize("n_tokens", [1, 2, 9, MAX_TOKENS])
@pytest.mark.parametrize("temperature", [1.0, 1.7])
def test_one_sequence_is_decoded_as_torch_decodes_it(scheme, n_labels, n_tokens, temperature):
    tags = all_tags(n_labels, scheme)
    for seed in range(5):
        tensors = made(n_tokens, len(tags), seed)
        expected, doubtful = by_torch(tensors, tags.allowed, temperature)
        found = decode_alone(tensors, tags.allowed, temperature)
        assert not len(doubtful) and found is not None
        assert found.tags.tolist() == expected.tags.tolist()
        for mine, theirs in zip(found[1:], expected[1:], strict=True):
            np.testing.assert_allclose(mine, theirs, rtol=0, atol=2e-5)


def test_the_best_of_equal_paths_is_the_same_one():
    tags = all_tags(3, "BILUO")
    tensors = tuple(torch.zeros_like(tensor) for tensor in made(7, len(tags)))
    assert decode_alone(tensors, tags.allowed, 1.0).tags.tolist() == by_torch(tensors, tags.allowed)[0].tags.tolist()


@pytest.mark.parametrize("spread", [10.0, 30.0, 100.0])
def test_scores_that_are_doubtful_to_torch_are_so_here(spread):
    tags = all_tags(3, "BILUO")
    n_doubtful = 0
    for seed in range(40):
        emissions, *others = made(12, len(tags), seed)
        tensors = (emissions * spread, *others) if seed % 2 else (emissions, *(other * spread for other in others))
        expected, doubtful = by_torch(tensors, tags.allowed)
        found = decode_alone(tensors, tags.allowed, 1.0)
        assert (found is None) == bool(len(doubtful))
        n_doubtful += found is None
        if found is not None:
            assert found.tags.tolist() == expected.tags.tolist()
    assert n_doubtful


def test_what_is_no_number_is_left_to_torch():
    tags = all_tags(1, "BILUO")
    for place in range(4):
        tensors = made(3, len(tags))
        tensors[place].fill_(torch.nan)
        assert decode_alone(tensors, tags.allowed, 1.0) is None


def test_what_is_decoded_here():
    tensors = made(4, 5)
    assert can_decode_alone(tensors, np.array([4]))
    assert not can_decode_alone(tensors, np.array([2, 2]))
    assert not can_decode_alone(tensors, np.array([0]))
    assert not can_decode_alone(tensors, np.array([MAX_TOKENS + 1]))
    assert not can_decode_alone(tuple(tensor.double() for tensor in tensors), np.array([4]))
    assert not can_decode_alone(tuple(tensor.to("meta") for tensor in tensors), np.array([4]))
