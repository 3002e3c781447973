"""Prodigy's JSON lines: spans, choices, binary categories; also plain lines of `text` with `label` or `cats`."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from ...errors import Errors
from ..findings import Findings
from ..json_values import read_values
from ..records import Mark, Record, Words
from ..sources import row_of, shown
from .fields import are_scores, chosen, document_in, fields_in, fields_out, named, score_table, text_in, value_at
from .heads import json_head
from .options import Format, ReadOptions, WriteOptions
from .spans import MarkReader, found_span, label_name
from .written import without_none, write_lines

_OWN = ("text", "spans", "tokens", "answer", "accept", "options", "cats", "label", "document")
_SIGNS = {"_input_hash", "_task_hash", "_view_id", "spans", "answer", "accept", "options", "cats"}
_OF_SPANS = ("ner", "ner_manual", "spans", "spans_manual", "relations")  # views in which no spans means that none are


def recognises(path: Path, head: bytes) -> bool:
    found = json_head(head)
    if found is None or "text" not in found.keys or "ents" in found.keys:  # which Docs have as JSON
        return False
    return bool(_SIGNS & found.keys) or found.keys == {"text"} or isinstance(found.first.get("label"), str | int)


def read(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    """Examples that are accepted, or that nobody was asked about. A binary category that is rejected is 0."""
    for place, values in map(row_of, read_values(path, options.encoding)):
        answer = values.get("answer", "accept")
        is_binary = "label" in values and "spans" not in values and "accept" not in values
        if answer == "ignore" or (answer == "reject" and not is_binary):
            findings.count("examples ignored" if answer == "ignore" else "examples rejected")
            continue
        text = text_in(place, values, options)
        yield Record(
            place,
            text,
            marks=_marks(place, text, values, options=options, findings=findings),
            cats=_cats(place, values, options),
            words=_words(text, values.get("tokens"), findings),
            document=document_in(values, options),
            fields=fields_in(values, _OWN, options),
        )


def _marks(
    place: str, text: str, values: Mapping[str, Any], *, options: ReadOptions, findings: Findings
) -> tuple[Mark, ...] | None:
    found = value_at(values, options.column("spans", "spans") or "spans")
    if found is None:
        return () if values.get("_view_id") in _OF_SPANS else None
    if not isinstance(found, list) or not all(isinstance(span, Mapping) for span in found):
        allowed = "a list of objects with start, end and label"
        raise ValueError(Errors.B477.format(place=f"{place}, 'spans'", found=shown(found), allowed=allowed))
    spans = [span for span in map(found_span, found) if span is not None]
    if values.get("relations"):
        findings.count("relations skipped", len(values["relations"]))
    return MarkReader(place, text, options, findings).read(spans)


def _cats(place: str, values: Mapping[str, Any], options: ReadOptions) -> dict[str, float] | None:
    if "cats" in values:
        return score_table(f"{place}, 'cats'", values["cats"])
    if isinstance(values.get("accept"), list):
        ids = [one["id"] for one in values.get("options") or () if isinstance(one, Mapping) and "id" in one]
        known = [named(str(one), options) for one in ids]
        return {**dict.fromkeys(known, 0.0), **{named(str(one), options): 1.0 for one in values["accept"]}}
    label = label_name(value_at(values, options.column("label", "label") or "label"))
    if label is None or "spans" in values:
        return None
    return {named(label, options): 0.0 if values.get("answer") == "reject" else 1.0}


def _words(text: str, tokens: Any, findings: Findings) -> Words | None:
    """None if the tokens, put together, are not the text."""
    if not isinstance(tokens, list) or not all(isinstance(token, Mapping) for token in tokens):
        return None
    texts = tuple(str(token.get("text", "")) for token in tokens)
    spaces = tuple(bool(token.get("ws", True)) for token in tokens)
    joined = "".join(word + " " * space for word, space in zip(texts, spaces, strict=True))
    if joined == text:
        return Words(texts, spaces)
    if joined == f"{text} ":  # without `ws` the last one has a blank, too
        return Words(texts, (*spaces[:-1], False))
    findings.count("texts whose tokens are not their text")
    return None


def write(records: Iterable[Record], path: Path, options: WriteOptions, findings: Findings) -> None:
    """A span has its score in `score`; so has an option. What is chosen is in `accept`."""
    write_lines(path, (_example(record, options, findings) for record in records))


def _example(record: Record, options: WriteOptions, findings: Findings) -> dict[str, Any]:
    example: dict[str, Any] = {"text": record.text}
    if record.words is not None:
        example["tokens"] = _tokens(record.words)
    if record.marks is not None:
        first, last = ({token[end]: token["id"] for token in example.get("tokens", ())} for end in ("start", "end"))
        example["spans"] = [_span(mark, first, last) for mark in record.marks]
    if record.cats is not None:
        scores = record.cats if are_scores(record.cats) else {}
        example["options"] = [without_none({"id": one, "text": one, "score": scores.get(one)}) for one in record.cats]
        example["accept"] = chosen(record.cats, exclusive=options.exclusive)
    if record.document is not None:
        example["document"] = record.document
    return {**example, **fields_out(record.fields, _OWN, findings)}


def _tokens(words: Words) -> list[dict[str, Any]]:
    tokens, start = [], 0
    for i, (text, space) in enumerate(zip(words.texts, words.spaces, strict=True)):
        tokens.append({"text": text, "start": start, "end": start + len(text), "id": i, "ws": space})
        start += len(text) + space
    return tokens


def _span(mark: Mark, first: Mapping[int, int], last: Mapping[int, int]) -> dict[str, Any]:
    """With its first and last token, as Prodigy's interfaces need them, if it fits tokens."""
    places = {}
    if mark.start in first and mark.end in last:
        places = {"token_start": first[mark.start], "token_end": last[mark.end]}
    return without_none({**mark._asdict(), **places})


FORMAT = Format("prodigy", recognises, read, write)
