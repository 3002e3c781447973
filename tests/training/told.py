"""What spaCy tells loggers."""

from typing import Any

import numpy as np


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
