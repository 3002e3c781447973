"""What stands on Docs, with scores where they were predicted, as records that formats write."""

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from spacy.tokens import Doc, Span

from ..pipeline.reading import PLAIN, user_data_of
from ..pipeline.scores import get_score
from ..training.corpora import DOCUMENT_ID
from .records import SOURCE, Mark, Record, Words

AnnotationOf = Callable[[Doc], dict[str, Any]]


def records_of_docs(docs: Iterable[Doc], place: str, annotation: AnnotationOf) -> Iterator[Record]:
    """place: Where the Docs stand, for messages. annotation: The marks or categories of a Doc, see below."""
    for i, doc in enumerate(docs, 1):
        document = doc.user_data.get(DOCUMENT_ID)
        yield Record(
            f"{place}, Doc {i}",
            doc.text,
            words=_words(doc),
            document=None if document is None else str(document),
            fields={name: value for name, value in fields_of(doc).items() if name != DOCUMENT_ID},
            **annotation(doc),
        )


def marked_entities(doc: Doc) -> dict[str, Any]:
    """No marks where nobody has looked for entities."""
    is_annotated = doc.has_annotation("ENT_IOB") or not len(doc)
    return {"marks": tuple(map(_mark, doc.ents)) if is_annotated else None}


def marked_spans(spans_key: str) -> AnnotationOf:
    def marked(doc: Doc) -> dict[str, Any]:
        return {"marks": tuple(map(_mark, doc.spans[spans_key])) if spans_key in doc.spans else None}

    return marked


def categorized(doc: Doc) -> dict[str, Any]:
    return {"cats": dict(doc.cats) or None}


def fields_of(doc: Doc) -> dict[str, Any]:
    """What `convert` has kept of the source, and the columns of the input, which `apply` keeps."""
    kept = doc.user_data.get(SOURCE)
    plain = {name: one for name, one in user_data_of(doc).items() if isinstance(name, str) and isinstance(one, PLAIN)}
    return {**plain, **(kept if isinstance(kept, dict) else {})}


def _words(doc: Doc) -> Words:
    starts = tuple(bool(token.is_sent_start) for token in doc) if doc.has_annotation("SENT_START") else None
    return Words(
        tuple(token.text for token in doc),
        tuple(bool(token.whitespace_) for token in doc),
        knows_spaces=not doc.has_unknown_spaces,
        sentence_starts=starts,
    )


def _mark(span: Span) -> Mark:
    return Mark(span.start_char, span.end_char, span.label_, get_score(span))
