"""How many tokens of each Doc are scored."""

import numpy as np
import torch

from spacy_bert_ext.tagging.tag_scores import TagScores


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def test_lengths_count_readable_tokens():
    taggable = np.array([True, False, True, False, False, True])
    scores = TagScores((torch.zeros(3, 5),), taggable, ints(2, 0, 1, 3, 0))
    assert scores.lengths.tolist() == [1, 0, 1, 1, 0]
    assert TagScores((torch.zeros(0, 5),), np.zeros(0, bool), ints()).lengths.tolist() == []
