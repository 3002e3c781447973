"""A file → its texts, as they come: strings, or Docs of a .spacy file."""

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from spacy.attrs import IS_PUNCT
from spacy.lang.lex_attrs import is_punct
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ...errors import Errors
from ...files.gzipped import open_plain
from .files import DOC_BIN, JSON_LINES, kind_of
from .lines import Line, read_lines

TEXT_PER = ("line", "paragraph")
PART_LENGTH = 2**17  # bytes or characters; longer texts are read in parts


class Text(NamedTuple):
    """begins: Whether it is the text's first part."""

    content: str | Doc
    begins: bool


def check_text_per(found: str) -> None:
    """RAISES (ValueError): It is neither."""
    if found not in TEXT_PER:
        raise ValueError(Errors.B010.format(found=found, setting="text_per", allowed=", ".join(TEXT_PER)))


def read_texts(path: Path, *, text_per: str, text_key: str) -> Iterator[Text]:
    """Texts of a file of any kind; blank ones are left out.

    text_per (str): Of plain text: a text is a "line", or a "paragraph", which blank lines end.
    text_key (str): Of JSON lines: where the text stands in each object.
    RAISES (ValueError): The file, or a line, is none of its kind.
    """
    kind = kind_of(path)
    if kind == DOC_BIN:
        return _docs(path)
    if kind in JSON_LINES:
        return _values(path, text_key)
    lines = read_lines(path, PART_LENGTH)
    return _paragraphs(lines) if text_per == "paragraph" else _lines(lines)


def _lines(lines: Iterator[Line]) -> Iterator[Text]:
    begins = True
    for line in lines:
        begins = begins or line.begins
        if line.text and not line.text.isspace():
            yield Text(line.text, begins)
            begins = False


def _paragraphs(lines: Iterator[Line]) -> Iterator[Text]:
    """The lines of a paragraph are joined with blanks."""
    found: list[str] = []
    length, begins = 0, True
    for line in lines:
        is_blank = not line.text or line.text.isspace()
        if found and (is_blank or length > PART_LENGTH):
            yield Text("".join(found), begins)
            found, length, begins = [], 0, False
        if is_blank:
            begins = begins or line.begins
        else:
            found += [" ", line.text] if found and line.begins else [line.text]
            length += len(line.text)
    if found:
        yield Text("".join(found), begins)


def _values(path: Path, text_key: str) -> Iterator[Text]:
    for line in read_lines(path, None):
        if not line.text or line.text.isspace():
            continue
        text = _value(f"{path}, line {line.number}", line.text, text_key)
        begins, start = True, 0
        while start < len(text):
            end = _end_of_part(text, start)
            part = text[start:end]
            if not part.isspace():
                yield Text(part, begins)
                begins = False
            start = end


def _end_of_part(text: str, start: int) -> int:
    end = start + PART_LENGTH
    if end >= len(text):
        return len(text)
    return text.rfind(" ", start, end) + 1 or end


def _value(place: str, line: str, text_key: str) -> str:
    try:
        values = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "it is nested too deeply"
        raise ValueError(Errors.B404.format(place=place, reason=f"no JSON: {reason}", key=text_key)) from error
    if not isinstance(values, Mapping):
        reason = f"a {type(values).__name__}, no object"
    elif text_key not in values:
        reason = f"there is no {text_key!r}, only {', '.join(map(repr, values)) or 'nothing'}"
    elif not isinstance(values[text_key], str):
        reason = f"{text_key!r} is a {type(values[text_key]).__name__}, no text"
    else:
        text: str = values[text_key]
        return text
    raise ValueError(Errors.B404.format(place=place, reason=reason, key=text_key))


def _docs(path: Path) -> Iterator[Text]:
    try:
        with open_plain(path) as file:
            doc_bin = DocBin().from_bytes(file.read())
        # A vocabulary of the file's own, which goes with it.
        for doc in doc_bin.get_docs(Vocab(lex_attr_getters={IS_PUNCT: is_punct})):
            if len(doc) and not doc.text.isspace():
                yield Text(doc, begins=True)
    except Exception as error:  # of zlib, msgpack, or of what is missing in it
        reason = f"no Docs of spaCy ({type(error).__name__}: {error})"
        raise ValueError(Errors.B403.format(place=path, reason=reason)) from error
