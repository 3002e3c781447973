"""`span._.score`: the score of a predicted span, found by its characters and its label.

Scores stand in `doc.user_data` by such keys as spaCy has for a span's extension values, so that `Doc.from_docs` and
`span.as_doc` move them with their text. The value is a table of scores by label: spans of several labels may have the
same characters, and a span that is given another label has no score. Entities and the groups in `doc.spans` have tables
of their own. A span does not know where it was taken from: what is predicted as both has the score of the entity.
"""

import warnings
from collections.abc import Callable, Collection, Iterable, Mapping
from typing import Any

from spacy.tokens import Doc, Span

from ..errors import Warnings

SCORE = "score"
SCORE_IN_GROUP = "score_in_group"
Key = tuple[str, str, int, int]
UserData = dict[Any, Any]  # spaCy's stubs know keys that are strings only

_PLAIN = (None, None, None, None)  # an extension without default, method, getter and setter


def define_score() -> None:
    """Define `span._.score`. A plain extension of the name, as other programs define it to hold values, is replaced.

    Of groups, `Doc.from_json` needs the extension by whose name `Doc.to_json` has written their scores.
    """
    if not Span.has_extension(SCORE_IN_GROUP):
        Span.set_extension(SCORE_IN_GROUP, default=None)
    if not Span.has_extension(SCORE) or Span.get_extension(SCORE) == _PLAIN:
        Span.set_extension(SCORE, getter=get_score, setter=set_score, force=True)
    elif Span.get_extension(SCORE)[2] is not get_score:
        warnings.warn(Warnings.B165)


def get_score(span: Span) -> float | None:
    """The score with which these characters were predicted with this label; None if they were not."""
    user_data: UserData = span.doc.user_data
    for name in (SCORE, SCORE_IN_GROUP):
        score = _table(user_data.get(_key_of(span, name))).get(span.label_)
        if score is not None:
            return score
    return None


def set_score(span: Span, score: float | Mapping[str, float] | None) -> None:
    """Give the span another score, as if it were an entity; None takes it away.

    score: Or a table by label, as `Doc.from_json` has it, for all spans of these characters.
    """
    user_data: UserData = span.doc.user_data
    key = _key_of(span, SCORE)
    found = _table(user_data.pop(key, None))
    given = score if isinstance(score, Mapping) else {**found, span.label_: score}
    scores = {label: other for label, other in given.items() if other is not None}
    if scores:
        user_data[key] = scores


def add_scores(doc: Doc, spans: Iterable[tuple[int, int, str, float]], name: str = SCORE) -> None:
    """Set scores of spans: first token, last token, label, score.

    name (str): SCORE for entities, SCORE_IN_GROUP for spans in `doc.spans`.
    """
    user_data: UserData = doc.user_data
    for first, last, label, score in spans:
        start, end = doc[first], doc[last]
        key = _key(start.idx, end.idx + len(end), name)
        user_data[key] = {**_table(user_data[key]), label: score} if key in user_data else {label: score}


def drop_scores(doc: Doc, labels: Collection[str]) -> None:
    """Take away all scores of entities with these labels."""
    user_data: UserData = doc.user_data
    for key in [key for key in user_data if isinstance(key, tuple) and key[:2] == ("._.", SCORE)]:
        _keep(user_data, key, lambda label: label not in labels)


def drop_group_scores(doc: Doc, spans_key: str, labels: Collection[str] | None = None) -> None:
    """Take away the scores of a group's spans, but of those that other groups have, too.

    labels (Collection[str]): Of the spans whose scores go; None for all.
    """
    user_data: UserData = doc.user_data
    others = {
        (*_key_of(span, SCORE_IN_GROUP), span.label_)
        for name, group in doc.spans.items()
        if name != spans_key
        for span in group
    }
    for span in doc.spans[spans_key]:
        if labels is not None and span.label_ not in labels:
            continue
        key = _key_of(span, SCORE_IN_GROUP)
        if key in user_data and (*key, span.label_) not in others:
            _keep(user_data, key, span.label_.__ne__)


def _keep(user_data: UserData, key: Key, is_kept: Callable[[str], bool]) -> None:
    kept = {label: score for label, score in _table(user_data.pop(key)).items() if is_kept(label)}
    if kept:
        user_data[key] = kept


def _key_of(span: Span, name: str) -> Key:
    return _key(span.start_char, span.end_char, name)


def _key(start_char: int, end_char: int, name: str) -> Key:
    return "._.", name, start_char, end_char


def _table(found: object) -> Mapping[str, float]:
    """Scores by label. A value that a plain extension of this name has left is none."""
    return found if isinstance(found, Mapping) else {}
