"""What a head's scores claim at any temperature, and what the annotation says of it."""

from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import numpy as np
from spacy.training import Example

from ..arrays.ragged import starts_of
from ..evaluation.reliability import Reliability, reliability
from ..pipeline.bert_head import BertHead
from ..pipeline.bert_ner import BertNER
from ..tagging.tag_scores import TagScores

ROUNDING = 1e-7  # of fp32: no score is taken to be surer than this


class Confidence(NamedTuple):
    """Scored items: predicted entities, Docs (by their best category), or pairs of a Doc and a label.

    scores_at: A temperature to the items' scores, from 0 to 1: (n_items,).
    loss_at: A temperature to the mean negative log likelihood of the annotation.
    correct: Whether each item is right; for pairs their gold value: (n_items,).
    """

    scores_at: Callable[[float], np.ndarray]
    loss_at: Callable[[float], float]
    correct: np.ndarray

    def reliability_at(self, temperature: float) -> Reliability:
        return reliability(self.scores_at(temperature), self.correct)


def confidence_of(head: BertHead, raw_scores: Sequence[Any], examples: Sequence[Example]) -> Confidence:
    """What is annotated of a head's predictions.

    raw_scores (Sequence[Any]): What `head.raw_scores` gave for the examples, buffer by buffer.
    """
    if isinstance(head, BertNER):
        return confidence_of_entities(head, raw_scores, examples)
    logits = np.concatenate([np.zeros((0, len(head.labels))), *(part.cpu().double().numpy() for part in raw_scores)])
    gold = head.gold_categories(examples)
    return (confidence_of_best if head.exclusive else confidence_of_each)(logits, gold)


def confidence_of_entities(ner: BertNER, raw_scores: Sequence[TagScores], examples: Sequence[Example]) -> Confidence:
    """Of the predicted entities: a score is the probability of the entity's own tags.

    The likelihood is that of being right or wrong. What overlaps tokens without annotation is neither.
    """
    outcomes, n_done = [np.zeros(0)], 0
    for scores in raw_scores:
        n_docs = len(scores.tokens_per_doc)
        outcomes.append(_outcomes(ner, scores, examples[n_done : n_done + n_docs]))
        n_done += n_docs
    outcome = np.concatenate(outcomes)
    known = ~np.isnan(outcome)
    correct = outcome[known]

    def scores_at(temperature: float) -> np.ndarray:
        return np.concatenate([np.zeros(0), *(ner.entities(part, temperature).score for part in raw_scores)])[known]

    def loss_at(temperature: float) -> float:
        scores = np.clip(scores_at(temperature), ROUNDING, 1 - ROUNDING)
        return float(-np.where(correct == 1, np.log(scores), np.log1p(-scores)).mean())

    return Confidence(scores_at, loss_at, correct)


def _outcomes(ner: BertNER, scores: TagScores, examples: Sequence[Example]) -> np.ndarray:
    """1 for a right entity, 0 for a wrong one, nan where the annotation is silent, as spaCy's scorer has it."""
    entities = ner.entities(scores, 1.0)
    doc_starts = starts_of(scores.tokens_per_doc)
    docs = np.searchsorted(doc_starts, entities.first, side="right") - 1
    first, last = entities.first - doc_starts[docs], entities.last - doc_starts[docs]
    gold = [{(span.start, span.end, span.label_) for span in eg.reference.ents} for eg in examples]
    outcomes = []
    for doc, start, end, label in zip(docs.tolist(), first.tolist(), (last + 1).tolist(), entities.label.tolist()):
        eg = examples[doc]
        aligned = eg.alignment.x2y[start:end]
        if not len(aligned) or any(token.ent_iob == 0 for token in eg.reference[aligned[0] : aligned[-1] + 1]):
            outcomes.append(np.nan)
        else:
            outcomes.append(float((aligned[0], aligned[-1] + 1, ner.labels[label]) in gold[doc]))
    return np.array(outcomes, dtype=np.float64)


def confidence_of_best(logits: np.ndarray, gold: np.ndarray) -> Confidence:
    """Of the best category of each Doc that has a gold one, where they exclude each other.

    gold (ndarray): From 0 to 1, nan where not annotated: (n_docs, n_labels).
    """
    truths = np.nan_to_num(gold)
    used = truths.sum(axis=1) > 0
    logits, truths = logits[used], truths[used]
    shares = truths / truths.sum(axis=1, keepdims=True)
    rows, best = np.arange(len(logits)), logits.argmax(axis=1)

    def log_probabilities_at(temperature: float) -> np.ndarray:
        divided = (logits - logits[rows, best][:, None]) / temperature
        return divided - np.log(np.exp(divided).sum(axis=1, keepdims=True))

    def loss_at(temperature: float) -> float:
        return float(-(shares * log_probabilities_at(temperature)).sum(axis=1).mean())

    correct = (truths[rows, best] == truths.max(axis=1)).astype(np.float64)
    return Confidence(lambda temperature: np.exp(log_probabilities_at(temperature)[rows, best]), loss_at, correct)


def confidence_of_each(logits: np.ndarray, gold: np.ndarray) -> Confidence:
    """Of every annotated pair of a Doc and a label, where labels hold independently.

    gold (ndarray): From 0 to 1, nan where not annotated: (n_docs, n_labels).
    """
    annotated = ~np.isnan(gold)
    logits, truths = logits[annotated], gold[annotated]

    def loss_at(temperature: float) -> float:
        divided = logits / temperature
        return float((np.logaddexp(0, divided) - truths * divided).mean())

    return Confidence(lambda temperature: np.exp(-np.logaddexp(0, -logits / temperature)), loss_at, truths)
