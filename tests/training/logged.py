"""A training that is logged: its pipeline, its steps, and what spaCy tells loggers."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pytest
from spacy.language import Language
from spacy.training import Example

from spacy_bert_ext.training import statistics
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.pipeline.pipelines import make_initialized
from tests.tiny import make_docs


def make_logged(folder: str) -> Language:
    """A pipeline with the settings that the log reads."""
    nlp = make_initialized(folder, ["bert_ner", "bert_textcat"])
    shown = {**dict.fromkeys(nlp.config["training"]["score_weights"]), "ents_f": 0.5, "cats_f": 0.5}
    nlp.config = nlp.config.merge({"training": {"max_steps": 8, "eval_frequency": 4, "score_weights": shown}})
    return nlp


def set_times(monkeypatch: pytest.MonkeyPatch, *times: float) -> None:
    clock: Iterator[float] = iter(times)
    monkeypatch.setattr(statistics, "timer", lambda: next(clock))


def take_step(nlp: Language) -> None:
    """One step on two Docs of 5 and 10 pieces, padded to 10: a quarter is padding."""
    docs = make_docs("the the the", "the the the the the the the the", vocab=nlp.vocab)
    for gold in docs:
        gold.cats = {"news": 1.0, "sport": 0.0, "order": 0.0}
    examples = [Example(make_docs(gold.text, vocab=nlp.vocab)[0], gold) for gold in docs]
    nlp.update(examples, sgd=create_adamw_v1(0.001, 0.02, schedule=iter([0.5])))


def told(step: int, words: int, **other: Any) -> dict[str, Any]:
    """What spaCy tells loggers after an evaluated step."""
    return {
        "epoch": step // 4,
        "step": step,
        "score": 0.75,
        "other_scores": {"ents_f": 0.5, "cats_f": np.float32(1.0), "speed": 12345.6, "ents_per_type": {}},
        "losses": {"bert_encoder": 0.0, "bert_ner": 2.345, "bert_textcat": 0.5},
        "checkpoints": [(0.75, step)],
        "seconds": 3,
        "words": words,
        **other,
    }
