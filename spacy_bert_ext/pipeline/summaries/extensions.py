"""`span._.summary_score` of sentences, found by their characters, and `doc._.summary`.

Scores stand in `doc.user_data` by such keys as spaCy has for a span's extension values, so that `Doc.from_docs` and
`span.as_doc` move them with their text.
"""

from typing import Any

from spacy.tokens import Doc, Span

from ..scores import UserData

SUMMARY_SCORE = "summary_score"
SUMMARY = "summary"
IS_SUMMARY = "is_summary"  # among the attributes of the group

Key = tuple[str, str, int, int]


def define_summaries() -> None:
    """Define both extensions, where this is not done yet."""
    if not Span.has_extension(SUMMARY_SCORE):
        Span.set_extension(SUMMARY_SCORE, getter=get_summary_score, setter=set_summary_score)
    if not Doc.has_extension(SUMMARY):
        Doc.set_extension(SUMMARY, getter=get_summary)


def get_summary_score(span: Span) -> float | None:
    """How much the sentence belongs into the summary; None if it has no score, or the span is no sentence. White space
    at either end does not count.
    """
    user_data: UserData = span.doc.user_data
    found: float | None = user_data.get(_key_of(span))
    return found


def set_summary_score(span: Span, score: float | None) -> None:
    """None takes the score away."""
    user_data: UserData = span.doc.user_data
    if score is None:
        user_data.pop(_key_of(span), None)
    else:
        user_data[_key_of(span)] = score


def drop_summary_scores(doc: Doc) -> None:
    user_data: UserData = doc.user_data
    for key in [key for key in user_data if isinstance(key, tuple) and key[:2] == ("._.", SUMMARY_SCORE)]:
        del user_data[key]


def get_summary(doc: Doc) -> str:
    """The sentences of the summary, joined by a blank; "" if there is none."""
    groups: dict[str, Any] = dict(doc.spans)
    found = [group for group in groups.values() if group.attrs.get(IS_SUMMARY)] or [groups.get(SUMMARY, ())]
    return text_of(list(found[-1]))


def text_of(sentences: list[Span]) -> str:
    return " ".join(span.text.strip() for span in sentences)


def trimmed(span: Span) -> Span:
    """Without white space at either end; a blank one as it is."""
    start, end = span.start, span.end
    while end > start and span.doc[end - 1].is_space:
        end -= 1
    while start < end and span.doc[start].is_space:
        start += 1
    return span.doc[start:end] if start < end else span


def _key_of(span: Span) -> Key:
    inner = trimmed(span)
    return "._.", SUMMARY_SCORE, inner.start_char, inner.end_char
