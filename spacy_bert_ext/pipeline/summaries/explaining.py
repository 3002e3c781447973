"""What of a sentence's scores is explained."""

import numpy as np
from spacy.tokens import Doc, Span
from torch import Tensor

from ...arrays.transfer import to_device
from ...errors import Errors
from ...explanation.explained import Explained
from ...ranking.sentence_scores import SentenceScores
from .extensions import trimmed


def explained_sentence(
    text: Doc | Span, label: str | None, raw_scores: SentenceScores, *, name: str, known: str, temperature: float
) -> Explained:
    """The log odds that the sentence is part of the summary, as calibrated. All sentences have part in them.

    name (str): Of the component. known (str): The one label that it knows.
    RAISES (ValueError): The Span is no sentence of its Doc, or a whole Doc; or another label is given.
    """
    if label not in (None, "", known):
        raise ValueError(Errors.B391.format(name=name, label=label, labels=known))
    inner = text if isinstance(text, Doc) else trimmed(text)
    found = (
        np.zeros(0, dtype=np.int64)
        if isinstance(inner, Doc)
        else np.flatnonzero((raw_scores.first == inner.start) & (raw_scores.last == inner.end - 1))
    )
    if isinstance(inner, Doc) or not len(found):
        raise ValueError(Errors.B464.format(name=name, found=type(text).__name__, text=text.text[:50]))

    def log_odds(scores: SentenceScores) -> Tensor:
        places = np.cumsum(scores.sentences_per_doc) - scores.sentences_per_doc + found[0]
        return scores.logits.index_select(0, to_device(places, scores.logits.device)) / temperature

    probability = float(log_odds(raw_scores).sigmoid()[0])
    return Explained(known, f"log odds of {known}", log_odds, probability, target=(inner.start, inner.end))
