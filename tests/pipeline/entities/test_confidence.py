"""How sure entities are, and which of them are right."""

import numpy as np
import torch
from spacy.tokens import Doc
from spacy.training import Example
from spacy.vocab import Vocab

from spacy_bert_ext.pipeline.entities.confidence import ROUNDING, confidence_of_entities
from spacy_bert_ext.pipeline.entities.writing import PredictedEntities
from spacy_bert_ext.tagging.tag_scores import TagScores

VOCAB = Vocab()
SCORES = np.array([0.9, 0.6, 1.0])


def entities_at(scores: TagScores, temperature: float) -> PredictedEntities:
    """One entity of label A on each token."""
    places = np.arange(len(scores.taggable))
    return PredictedEntities(places, places, np.zeros_like(places), SCORES[: len(places)] ** (1 / temperature))


def test_right_wrong_and_silent_entities() -> None:
    gold = Doc(VOCAB, words=["a", "b", "c"], ents=["B-A", "B-B", ""])
    example = Example(Doc(VOCAB, words=["a", "b", "c"]), gold)
    scores = TagScores((torch.zeros(3, 1),), np.ones(3, dtype=bool), np.array([3]))
    found = confidence_of_entities(entities_at, ("A",), [scores], [example])
    assert found.correct.tolist() == [1.0, 0.0]  # of the last one nothing is annotated
    assert found.scores_at(2.0).tolist() == (SCORES[:2] ** 0.5).tolist()
    assert found.loss_at(1.0) == -np.mean([np.log(0.9), np.log1p(-0.6)])


def test_a_score_of_1_that_is_wrong_has_a_finite_loss() -> None:
    gold = Doc(VOCAB, words=["a", "b", "c"], ents=["B-A", "O", "O"])
    example = Example(Doc(VOCAB, words=["a", "b", "c"]), gold)
    scores = TagScores((torch.zeros(3, 1),), np.ones(3, dtype=bool), np.array([3]))
    loss = confidence_of_entities(entities_at, ("A",), [scores], [example]).loss_at(1.0)
    assert np.isfinite(loss) and loss > -np.log(ROUNDING) / 3


def test_nothing_predicted_is_nothing() -> None:
    assert len(confidence_of_entities(entities_at, ("A",), [], []).correct) == 0
