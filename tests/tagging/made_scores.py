"""Scores of Docs, by chance, and the tags of one label."""

import numpy as np
import torch

from spacy_bert_ext.tagging.tag_scores import TagScores
from spacy_bert_ext.tagging.tags import all_tags
from tests.tagging.brute import random_potentials

O, B, I, L, U = range(5)
ONE_LABEL = all_tags(1, "BILUO")
ALLOWED = ONE_LABEL.allowed


def ints(*values: int) -> np.ndarray:
    return np.array(values, dtype=np.int64)


def make_scores(lengths: list[int], seed: int, *, n_tags: int = 5) -> TagScores:
    """Scores of Docs whose every second token is not taggable."""
    torch.manual_seed(seed)
    taggable = np.tile([True, False], sum(lengths))
    tensors = tuple(random_potentials(sum(lengths), n_tags, dtype=torch.float32))
    return TagScores(tensors, taggable, 2 * ints(*lengths))
