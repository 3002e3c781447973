"""What of tag scores is explained: how sure the tokens of a span are of the tags that they have as an entity."""

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch
from spacy.tokens import Doc, Span
from torch import Tensor

from ...arrays.transfer import to_device
from ...errors import Errors
from ...explanation.explained import Explained, log_odds_of, place_of
from ...tagging.tag_scores import TagScores
from ...tagging.tags import TagSet
from ...types import Ints1d
from .writing import PredictedEntities


class Tagger(Protocol):
    """The component. tags: In the order of the scores."""

    name: str

    @property
    def tags(self) -> TagSet: ...

    @property
    def labels(self) -> tuple[str, ...]: ...


def explained_entity(
    tagger: Tagger,
    span: Doc | Span,
    label: str | None,
    raw_scores: TagScores,
    *,
    entities: PredictedEntities,
    temperature: float,
) -> Explained:
    """The log odds of the span's tags, summed over its tokens that can be tagged. Scores of pairs of tags, as a CRF has
    them, don't depend on the text and are left out.

    label (str): None for the span's own, or that of the highest log odds.
    entities (PredictedEntities): Of the Doc.
    RAISES (ValueError): An unknown label; or a whole Doc, of which nobody knows what is to be explained.
    """
    if isinstance(span, Doc):
        raise ValueError(Errors.B395.format(name=tagger.name, text=span.text[:50]))
    labels, tags = tagger.labels, tagger.tags
    taggable, tokens = raw_scores.taggable, slice(span.start, span.end)
    rows = (np.cumsum(taggable) - 1)[tokens][taggable[tokens]]

    def score_of(place: int) -> Callable[[TagScores], Tensor]:
        wanted = _tags_of_span(tags, place, rows, n_taggable=len(raw_scores.logits))
        return lambda scores: _summed_log_odds(scores, rows, wanted, temperature)

    label = label or span.label_ or None
    if label is None:
        with torch.no_grad():
            found = [float(score_of(place)(raw_scores)[0]) for place in range(len(labels))]
        place = int(np.argmax(found))
    else:
        place = place_of(label, labels, tagger.name)
    target = (span.start, span.end)
    same = (entities.first == span.start) & (entities.last == span.end - 1) & (entities.label == place)
    return Explained(
        labels[place],
        f"log odds of the tags of {labels[place]}",
        score_of(place),
        probability=float(entities.score[same][0]) if same.any() else None,
        target=target,
        reads=target,
    )


def _tags_of_span(tags: TagSet, place: int, rows: Ints1d, *, n_taggable: int) -> Ints1d:
    """The tags that these tokens have if they are an entity of this label: (n_rows,)."""
    entity = np.zeros(n_taggable, dtype=np.int64)
    entity[rows] = 1
    found: Ints1d = tags.to_tags(entity, np.full(n_taggable, place), np.array([n_taggable]))[rows]
    return found


def _summed_log_odds(scores: TagScores, rows: Ints1d, wanted: Ints1d, temperature: float) -> Tensor:
    n_docs, n_tags = len(scores.tokens_per_doc), scores.logits.shape[1]
    logits = scores.logits.view(n_docs, -1, n_tags)[:, to_device(rows, scores.logits.device)] / temperature
    tags = to_device(wanted, logits.device).repeat(n_docs)
    return log_odds_of(logits.flatten(0, 1), tags).view(n_docs, -1).sum(1)
