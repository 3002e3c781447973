"""Segments that are decoded side by side give what the whole sequence gives."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.losses.tag_losses import crf_likelihood
from spacy_bert_ext.tagging import decoders, segment_decoding
from spacy_bert_ext.tagging.decoded import Decoded, entity_scores
from spacy_bert_ext.tagging.decoders import crf
from spacy_bert_ext.tagging.segments import cut, whole
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import MISSING, Entities, Transitions, all_tags
from tests.tagging.brute import random_potentials
from tests.tagging.made_scores import ALLOWED, B, I, L, O, U, ints, make_scores


def long_scores(n_labels: int, seed: int, spread: float) -> TagScores:
    """Docs of which some are cut into segments."""
    lengths = [700, 3, 0, 230, 225, 193]
    torch.manual_seed(seed)
    tensors = random_potentials(sum(lengths), 4 * n_labels + 1, spread=spread, dtype=torch.float32)
    return TagScores(tuple(tensors), np.ones(sum(lengths), bool), ints(*lengths))


def decode_whole(scores: TagScores, allowed: Transitions) -> Decoded:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(decoders, "cut", lambda lengths, *_: whole(lengths))
        return crf(scores, allowed)


def assert_decoded_alike(found: Decoded, expected: Decoded) -> None:
    assert found.tags.tolist() == expected.tags.tolist()
    for array, other in zip(found[1:], expected[1:], strict=True):
        np.testing.assert_allclose(array, other, atol=1e-5)


@pytest.mark.parametrize("n_labels, spread", [(1, 0.1), (2, 1.5), (2, 5.0), (15, 1.5)])
def test_segments_are_decoded_as_the_whole_sequence_is(n_labels, spread, monkeypatch):
    scores, allowed = long_scores(n_labels, 0, spread), all_tags(n_labels, "BILUO").allowed
    expected = decode_whole(scores, allowed)
    assert_decoded_alike(crf(scores, allowed), expected)
    monkeypatch.setattr(segment_decoding, "MAX_ROWS", 300)
    assert_decoded_alike(crf(scores, allowed), expected)


def test_segments_that_contradict_each_other_are_decoded_again_as_a_whole(monkeypatch):
    # Nothing is known but at both ends of the Doc, and entities never end by themselves: what comes in between is
    # decided hundreds of tokens away, where no segment looks.
    zeros = torch.zeros(5)
    between = torch.full((5, 5), -20.0)
    between[I, I] = between[O, O] = 0.0
    between[B, I] = between[I, L] = 0.0
    logits = torch.zeros(600, 5)
    logits[0, B] = logits[-1, L] = 15.0
    scores = TagScores((logits, zeros, zeros, between), np.ones(600, bool), ints(600))
    calls = []
    monkeypatch.setattr(decoders, "whole", lambda lengths: calls.append(lengths.tolist()) or whole(lengths))
    decoded = crf(scores, ALLOWED)
    assert calls == [[600]]
    assert decoded.tags.tolist() == [B] + [I] * 598 + [L]
    assert_decoded_alike(decoded, decode_whole(scores, ALLOWED))


def test_sure_segments_are_not_decoded_again(monkeypatch):
    monkeypatch.setattr(decoders, "whole", lambda lengths: pytest.fail("decoded again"))
    monkeypatch.setattr(decoders, "SIZES", decoders.SIZES[:1])
    crf(long_scores(2, 0, 5.0), all_tags(2, "BILUO").allowed)


def test_segments_that_need_it_get_longer_leads(monkeypatch):
    sizes = []
    monkeypatch.setattr(decoders, "SIZES", ((64, 1), (64, 60)))
    monkeypatch.setattr(decoders, "whole", lambda lengths: pytest.fail("decoded as a whole"))
    monkeypatch.setattr(decoders, "cut", lambda lengths, *a, **k: sizes.append(len(lengths)) or cut(lengths, *a, **k))
    scores, allowed = long_scores(2, 0, 1.0), all_tags(2, "BILUO").allowed
    found = crf(scores, allowed)
    assert sizes == [6, 4]
    assert_decoded_alike(found, decode_whole(scores, allowed))


@pytest.mark.parametrize("n_labels", [12, 14])
def test_blocks_of_tag_pairs_give_what_all_pairs_give(n_labels):
    allowed = all_tags(n_labels, "BILUO").allowed
    assert len(allowed.blocks) == 2
    lengths = [5, 1, 0, 9]
    scores = make_scores(lengths, 0, n_tags=4 * n_labels + 1)
    assert_decoded_alike(crf(scores, allowed), crf(scores, allowed._replace(blocks=())))
    gold = ints(*([0] * 15))
    for annotated in (gold, np.where(np.arange(15) % 2, gold, MISSING)):
        found = crf_likelihood(scores, annotated, allowed)
        expected = crf_likelihood(scores, annotated, allowed._replace(blocks=()))
        assert found.value == pytest.approx(expected.value, abs=1e-9)
        for gradient, other in zip(found.gradients, expected.gradients, strict=True):
            torch.testing.assert_close(gradient, other)


def test_scores_out_of_the_range_of_single_precision_are_computed_again():
    # All others are far below I, which can't stand alone: U has exp(10) times the weight of O, alone and in company.
    zeros = (torch.zeros(5), torch.zeros(5), torch.full((5, 5), -150.0))
    alone = torch.tensor([[-60.0, -60, 0, -60, -50]])
    expected = 1 / (1 + np.exp(-10))
    for logits, lengths in ((alone, ints(1)), (torch.cat([alone, torch.zeros(2, 5)]), ints(1, 2))):
        decoded = crf(TagScores((logits, *zeros), np.ones(len(logits), bool), lengths), ALLOWED)
        assert decoded.tags[0] == U
        found = entity_scores(decoded, Entities(ints(0), ints(0), ints(0)))
        assert found.tolist() == pytest.approx([expected], abs=1e-6)
