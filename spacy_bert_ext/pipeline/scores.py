"""`span._.score`: the score of a predicted span, found by its characters and its label.

Scores stand in `doc.user_data` by spaCy's own key of a span's extension value, so that `Doc.from_docs` and
`span.as_doc` move them with their text. The value is a table of scores by label: spans of several labels may have the
same characters, and a span that is given another label has no score.
"""

import warnings
from collections.abc import Collection, Iterable, Mapping
from typing import Any

from spacy.tokens import Doc, Span

from ..errors import Warnings

SCORE = "score"
UserData = dict[Any, Any]  # spaCy's stubs know keys that are strings only

_PLAIN = (None, None, None, None)  # an extension without default, method, getter and setter


def define_score() -> None:
    """Define `span._.score`. A plain extension of the name, as other programs define it to hold values, is replaced."""
    if not Span.has_extension(SCORE) or Span.get_extension(SCORE) == _PLAIN:
        Span.set_extension(SCORE, getter=get_score, setter=set_score, force=True)
    elif Span.get_extension(SCORE)[2] is not get_score:
        warnings.warn(Warnings.B165)


def get_score(span: Span) -> float | None:
    """The score with which these characters were predicted with this label; None if they were not."""
    user_data: UserData = span.doc.user_data
    return _table(user_data.get(_key_of(span))).get(span.label_)


def set_score(span: Span, score: float | Mapping[str, float] | None) -> None:
    """Give the span another score; None takes it away.

    score: Or a table by label, as `Doc.from_json` has it, for all spans of these characters.
    """
    user_data: UserData = span.doc.user_data
    key = _key_of(span)
    found = _table(user_data.pop(key, None))
    given = score if isinstance(score, Mapping) else {**found, span.label_: score}
    scores = {label: other for label, other in given.items() if other is not None}
    if scores:
        user_data[key] = scores


def add_scores(doc: Doc, spans: Iterable[tuple[int, int, str, float]]) -> None:
    """Set scores of spans: first token, last token, label, score."""
    user_data: UserData = doc.user_data
    for first, last, label, score in spans:
        start, end = doc[first], doc[last]
        key = _key(start.idx, end.idx + len(end))
        user_data[key] = {**_table(user_data[key]), label: score} if key in user_data else {label: score}


def drop_scores(doc: Doc, labels: Collection[str]) -> None:
    """Take away all scores of spans with these labels, but those of spans in `doc.spans`."""
    user_data: UserData = doc.user_data
    in_groups = {(_key_of(span), span.label_) for group in doc.spans.values() for span in group}
    for key in [key for key in user_data if isinstance(key, tuple) and key[:2] == ("._.", SCORE)]:
        found = _table(user_data.pop(key))
        kept = {label: score for label, score in found.items() if label not in labels or (key, label) in in_groups}
        if kept:
            user_data[key] = kept


def drop_scores_of(doc: Doc, spans: Iterable[Span]) -> None:
    """Take away the scores of these spans, but those of entities."""
    entities = {(entity.start, entity.end, entity.label) for entity in doc.ents}
    for span in spans:
        if (span.start, span.end, span.label) not in entities:
            set_score(span, None)


def _key_of(span: Span) -> tuple[str, str, int, int]:
    return _key(span.start_char, span.end_char)


def _key(start_char: int, end_char: int) -> tuple[str, str, int, int]:
    return "._.", SCORE, start_char, end_char


def _table(found: object) -> Mapping[str, float]:
    """Scores by label. A value that a plain extension of this name has left is none."""
    return found if isinstance(found, Mapping) else {}
