"""What a log says of an evaluation: one row, with the same keys each time."""

from typing import Any

from spacy.language import Language

from .shown_scores import value_of

PREFIX = "bert."  # of numbers that spaCy does not count, in a step's info
NUMBERS = ("encoder_learn_rate", "head_learn_rate", "words_per_second", "padding")

Row = dict[str, Any]


class LogRows:
    """Rows of the training of a pipeline.

    heads: Components that have a loss.
    scores: Those that count for the score of the pipeline, or are only shown.
    """

    def __init__(self, nlp: Language) -> None:
        weights = nlp.config.interpolate()["training"]["score_weights"].items()
        unmeasured = {name for _, pipe in nlp.pipeline for name in getattr(pipe, "unmeasured_scores", ())}
        self.heads = [name for name, pipe in nlp.pipeline if _has_loss(pipe)]
        self.scores = [name for name, weight in weights if weight is not None and name not in unmeasured]

    def row(self, info: dict[str, Any]) -> Row:
        """info (Dict[str, Any]): What loggers are told after an evaluation.

        RETURNS (Row): epoch; step; losses, since the evaluation before, by component; scores, most of them in %; score,
            from 0 to 1; and NUMBERS. None for what is not known.
        RAISES (ValueError): A score is no number.
        """
        return {
            "epoch": info["epoch"],
            "step": info["step"],
            "losses": {name: float(info["losses"].get(name, 0.0)) for name in self.heads},
            "scores": {name: value_of(info["other_scores"], name) for name in self.scores},
            "score": float(info["score"]) if info["other_scores"] else None,
            **{name: info.get(f"{PREFIX}{name}") for name in NUMBERS},
        }


def _has_loss(pipe: Any) -> bool:
    return getattr(pipe, "is_trainable", False) and getattr(pipe, "has_loss", True)
