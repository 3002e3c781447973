"""Scores of sentences on the host."""

import numpy as np
import torch

from spacy_bert_ext.ranking.sentence_scores import SentenceScores


def test_numbers_are_the_logits() -> None:
    places = np.array([0, 2])
    logits = torch.tensor([1.5, -2.0], requires_grad=True)
    scores = SentenceScores(logits, places, places + 1, sentences_per_doc=np.array([2]), tokens_per_doc=np.array([4]))
    assert scores.numbers().tolist() == [1.5, -2.0] and scores.numbers().dtype == np.float64
