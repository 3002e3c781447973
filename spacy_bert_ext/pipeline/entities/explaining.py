"""What of tag scores is explained: how sure they are of an entity."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from spacy.tokens import Doc, Span
from torch import Tensor

from ...errors import Errors
from ...explanation.explained import Explained, place_of
from ...tagging.entity_odds import entity_log_odds, entity_log_odds_of_crf
from ...tagging.tag_scores import TagScores
from ...tagging.tags import TagSet
from ...types import Ints1d


class Tagger(Protocol):
    """The component. tags: In the order of the scores."""

    name: str
    decoder: str

    @property
    def tags(self) -> TagSet: ...

    @property
    def labels(self) -> tuple[str, ...]: ...


def explained_entity(
    tagger: Tagger, span: Doc | Span, label: str | None, raw_scores: TagScores, *, temperature: float
) -> Explained:
    """The log odds of the span being an entity of a label, as calibrated, whether or not it is predicted.

    They are of the tags that the scheme has for it. "greedy" may have found it in others, and then has another score.

    label (str): None for the span's own, or that of the highest log odds.
    RAISES (ValueError): An unknown label; or a whole Doc, of which nobody knows what is to be explained.
    """
    if isinstance(span, Doc):
        raise ValueError(Errors.B395.format(name=tagger.name, text=span.text[:50]))
    labels, tags = tagger.labels, tagger.tags
    taggable, tokens = raw_scores.taggable, slice(span.start, span.end)
    rows = (np.cumsum(taggable) - 1)[tokens][taggable[tokens]]

    def score_of(place: int) -> Callable[[TagScores], Tensor]:
        wanted = _tags_of_span(tags, place, rows, n_taggable=len(raw_scores.logits))
        first = int(rows[0])
        if tagger.decoder == "crf":
            return lambda scores: entity_log_odds_of_crf(scores, wanted, first, temperature, allowed=tags.allowed)
        return lambda scores: entity_log_odds(scores, wanted, first, temperature)

    def value_of(place: int) -> float:
        with torch.no_grad():
            return float(score_of(place)(raw_scores)[0])

    label = label or span.label_ or None
    if label is None:
        place = int(np.argmax([value_of(place) for place in range(len(labels))]))
    else:
        place = place_of(label, labels, tagger.name)
    target = (span.start, span.end)
    return Explained(
        labels[place],
        f"log odds of {labels[place]}",
        score_of(place),
        probability=float(torch.tensor(value_of(place)).sigmoid()),
        target=target,
        reads=target,
    )


def _tags_of_span(tags: TagSet, place: int, rows: Ints1d, *, n_taggable: int) -> Ints1d:
    """The tags that these tokens have if they are an entity of this label: (n_rows,)."""
    entity = np.zeros(n_taggable, dtype=np.int64)
    entity[rows] = 1
    found: Ints1d = tags.to_tags(entity, np.full(n_taggable, place), np.array([n_taggable]))[rows]
    return found
