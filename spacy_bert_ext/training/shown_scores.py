"""How the log of a training calls scores, and in which unit it shows them."""

from collections.abc import Mapping
from typing import Any, NamedTuple

from spacy.errors import Errors as SpacyErrors


class ShownScore(NamedTuple):
    """header: Of its column; "" has none, as its number is that of the column Score.

    width: Of its column, at least.
    factor: Of its number: most scores are from 0 to 1, and shown in percent.
    """

    header: str
    factor: float = 100
    decimals: int = 2
    width: int = 6


_KNOWN = {
    "speed": ShownScore("speed", factor=1),
    "mlm_probability": ShownScore(""),
    "mlm_cross_entropy": ShownScore("CE", factor=1, decimals=3),
    "mlm_accuracy": ShownScore("Acc"),
    "mlm_perplexity": ShownScore("Ppl", factor=1, width=9),
    "nsp_accuracy": ShownScore("NSP acc"),
}


def shown_score(name: str) -> ShownScore:
    return _KNOWN.get(name, ShownScore(name))


def value_of(scores: Mapping[str, Any], name: str) -> float | None:
    """In the unit that is shown. 0 for a score that an evaluation has not given; None if nothing was evaluated.

    RAISES (ValueError): It is no number.
    """
    if not scores:
        return None
    try:
        score = float(scores.get(name, 0.0))
    except TypeError:
        error = SpacyErrors.E916.format(name=name, score_type=type(scores[name]))
        raise ValueError(error) from None
    return score * shown_score(name).factor
