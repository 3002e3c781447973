"""A log of a training, made up."""

import json
from pathlib import Path
from typing import Any

from spacy_bert_ext.training.log_file import LOG_FILE

NUMBERS: dict[str, Any] = dict.fromkeys(("encoder_learn_rate", "head_learn_rate", "words_per_second", "padding"))


def row(step: int, **values: Any) -> dict[str, Any]:
    return {"epoch": 0, "step": step, "losses": {}, "scores": {}, "score": None, **NUMBERS, **values}


def make_log(folder: Path) -> Path:
    """Two heads; the second of three evaluations is the best."""
    rows = [
        row(0, losses={"ner": 4.0, "cat": 2.0}, scores={"ents_f": 0.0, "cats_f": 50.0}, score=0.25),
        row(10, losses={"ner": 20.0, "cat": 0.1}, scores={"ents_f": 80.0, "cats_f": 90.0}, score=0.85),
        row(20, losses={"ner": 5.0, "cat": 0.1}, scores={"ents_f": 80.0, "cats_f": 90.0}, score=0.85),
    ]
    for i, one in enumerate(rows):
        one.update(encoder_learn_rate=i * 1e-5, head_learn_rate=i * 1e-3, words_per_second=1000.0 if i else None)
    folder.mkdir(parents=True, exist_ok=True)
    (folder / LOG_FILE).write_text("".join(f"{json.dumps(one)}\n" for one in rows))
    return folder
