"""What stands on a Doc → plain values, column by column, and of which types they are."""

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple, TypeAlias

import srsly
from spacy.tokens import Doc, Span

from ..pipeline.pairs.numbers import PAIR_SCORE
from ..pipeline.scores import SCORE
from ..pipeline.summaries.extensions import SUMMARY

# A name of a plain type, or the fields of the structures that a list has.
Kind: TypeAlias = "str | Mapping[str, str]"
INTEGER, TEXT, NUMBER, BYTES = "integer", "text", "number", "bytes"
MARK = {"start": INTEGER, "end": INTEGER, "label": TEXT, "text": TEXT, "score": NUMBER}

ANSWERS = "answers"  # the group of `bert_qa`, unless its `spans_key` is another
DOC = "doc"
DEFAULT = ("ents", "cats", DOC)


class Column(NamedTuple):
    """value: Of a Doc."""

    value: Callable[[Doc], Any]
    kind: Kind


def mark_of(span: Span) -> dict[str, Any]:
    """start, end: Characters of the text, as Python counts them; the end is exclusive. score: None if it has none."""
    score = span._.get(SCORE) if Span.has_extension(SCORE) else None
    return {
        "start": span.start_char,
        "end": span.end_char,
        "label": span.label_,
        "text": span.text,
        "score": None if score is None else float(score),
    }


def entities_of(doc: Doc) -> list[dict[str, Any]]:
    return _marks(doc.ents)


def spans_of(doc: Doc) -> list[dict[str, Any]]:
    return [{"key": key, **mark} for key, group in doc.spans.items() for mark in _marks(group)]


def answers_of(doc: Doc) -> list[dict[str, Any]]:
    """Labelled with the names of the questions."""
    return _marks(doc.spans[ANSWERS]) if ANSWERS in doc.spans else []


def categories_of(doc: Doc) -> list[dict[str, Any]]:
    return [{"label": label, "score": float(score)} for label, score in doc.cats.items()]


def summary_of(doc: Doc) -> str | None:
    found: str | None = doc._.get(SUMMARY) if Doc.has_extension(SUMMARY) else None
    return found


def pair_score_of(doc: Doc) -> float | None:
    found = doc._.get(PAIR_SCORE) if Doc.has_extension(PAIR_SCORE) else None
    return None if found is None else float(found)


def bytes_of(doc: Doc) -> bytes:
    """`Doc(vocab).from_bytes` reads them. `Doc.to_bytes` writes strings in another order in each process."""
    found = doc.to_dict(exclude=["tensor", "user_hooks"])
    packed: bytes = srsly.msgpack_dumps({**found, "strings": sorted(found["strings"])})
    return packed


def _marks(spans: Iterable[Span]) -> list[dict[str, Any]]:
    return [mark_of(span) for span in spans]


COLUMNS = {
    "ents": Column(entities_of, MARK),
    "spans": Column(spans_of, {"key": TEXT, **MARK}),
    "cats": Column(categories_of, {"label": TEXT, "score": NUMBER}),
    "answers": Column(answers_of, MARK),
    "summary": Column(summary_of, TEXT),
    "pair_score": Column(pair_score_of, NUMBER),
    DOC: Column(bytes_of, BYTES),
}
