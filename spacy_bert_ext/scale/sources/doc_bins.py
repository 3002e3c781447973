"""Rows of `.spacy` files: texts with their tokens, and what their Docs are given to be read."""

import zlib
from collections.abc import Iterator
from typing import Any

from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from ...conversion.records_of_docs import fields_of
from ...errors import Errors
from ...pipeline.pairs.numbers import PAIR_SCORE
from ...pipeline.reading import user_data_of
from ...runtime.packing import look_up_once
from ..rows import Row
from .opened import Opened


def read_doc_bin(file: Opened, text: str) -> Iterator[Row]:
    """The whole file is read at once. Annotations are left behind; plain values of `doc.user_data` are columns, and so
    is what `convert` has kept of its source.

    RAISES (ValueError): It is something else.
    """
    look_up_once()
    vocab = Vocab()
    try:
        found = DocBin().from_bytes(file.stream.read())
        for i, doc in enumerate(found.get_docs(vocab), 1):
            file.share = i / len(found)
            yield _row(doc, text)
    except (ValueError, KeyError, TypeError, zlib.error) as error:
        reason = "it is no .spacy file: " + " ".join(str(error).split())
        raise ValueError(Errors.B526.format(place=file.place, reason=reason)) from error


def _row(doc: Doc, text: str) -> Row:
    data = user_data_of(doc)
    values: dict[str, Any] = {text: doc.text}
    values.update({name: one for name, one in fields_of(doc).items() if name != text})
    words, spaces = tuple(token.text for token in doc), tuple(bool(token.whitespace_) for token in doc)
    return Row(values, words=words, spaces=spaces, given=dict(_given(data)))


def _given(data: dict[Any, Any]) -> Iterator[tuple[str, Any]]:
    """Values of a Doc's extensions, by name, in the order of their names."""
    keys = [key for key in data if isinstance(key, tuple) and len(key) == 4 and key[2:] == (None, None)]
    for key in sorted(keys, key=lambda key: str(key[1])):
        if key[0] == "._." and key[1] != PAIR_SCORE:
            yield key[1], data[key]
