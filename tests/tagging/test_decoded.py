"""Probabilities of entities worked out by hand."""

import numpy as np
import pytest
import torch

from spacy_bert_ext.tagging.decoded import Decoded, entity_scores
from spacy_bert_ext.tagging.decoders import crf
from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import Entities, all_tags

O, B, I, L, U = range(5)
ONE_LABEL = all_tags(1, "BILUO")
ALLOWED = ONE_LABEL.allowed


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_crf_entity_scores_by_hand():
    # Two tokens without scores: O O, O U, U O, U U and B L are equally probable. A little on B and L decides.
    little = torch.tensor([[0, 1e-4, 0, 0, 0], [0, 0, 0, 1e-4, 0]])
    zeros = (torch.zeros(5), torch.zeros(5), torch.zeros(5, 5))
    decoded = crf(TagScores((little, *zeros), np.ones(2, bool), ints(2)), ALLOWED)
    assert decoded.tags.tolist() == [B, L]
    assert entity_scores(decoded, Entities(ints(0), ints(1), ints(0))).tolist() == pytest.approx([0.2], abs=1e-4)
    # U as the first of two tokens: U O and U U, two of five.
    little = torch.tensor([[0, 0, 0, 0, 1e-4], [1e-4, 0, 0, 0, 0]])
    decoded = crf(TagScores((little, *zeros), np.ones(2, bool), ints(2)), ALLOWED)
    assert decoded.tags.tolist() == [U, O]
    assert entity_scores(decoded, Entities(ints(0), ints(0), ints(0))).tolist() == pytest.approx([0.4], abs=1e-4)


def test_an_entity_is_a_product_of_first_later_and_last():
    of_first, of_later, of_last = (
        np.log([0.5, 1.0, 1.0, 0.4]),
        np.log([1.0, 0.5, 0.8, 1.0]),
        np.log([1.0, 1.0, 0.5, 1.0]),
    )
    entities = Entities(first=ints(0, 3), last=ints(2, 3), label=ints(0, 0))
    scores = entity_scores(Decoded(ints(B, I, L, U), of_first, of_later, of_last), entities)
    assert scores.tolist() == pytest.approx([0.5 * 0.5 * 0.8 * 0.5, 0.4])
