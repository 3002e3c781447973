"""Docs with blanks → pieces, with one mask piece in each blank.

A blank is a place in the text: of what stands there nothing is read. The text before, between and after the blanks is
cut into pieces by itself, as a tokenizer does with the text around a special piece.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np
from spacy.attrs import IDX, LENGTH
from spacy.tokens import Doc
from tokenizers import AddedToken, Tokenizer

from ..arrays.ragged import starts_of
from ..types import Ints1d
from .document_context import CONTEXT
from .pieces import Pieces
from .tokenizers import Tokenize
from .tokens import tokens_of


class Blank(NamedTuple):
    """Characters of the Doc's text: from the first one to the one after the last."""

    start: int
    end: int


class MaskPiece(NamedTuple):
    """The mask piece of a tokenizer.

    takes_left, takes_right: Whether white space before it, or after it, belongs to it.
    """

    text: str
    number: int
    takes_left: bool
    takes_right: bool


class BlankedDocs(NamedTuple):
    """Docs whose blanks are filled with mask pieces.

    docs: With one token in each blank, whose text is that of the mask piece.
    places: Which pieces they are, blank by blank, Doc by Doc: (n_blanks,).
    """

    docs: list[Doc]
    pieces: Pieces
    places: Ints1d


class _Words(NamedTuple):
    """Tokens of a part of a text.

    spaces: Whether a space follows each.
    starts: Whether it begins a sentence, or None, as `token.is_sent_start` has it.
    """

    words: list[str]
    spaces: list[bool]
    starts: list[bool | int | None]  # as spaCy's stubs have it


def mask_piece_of(tokenizer: Tokenizer, text: str, number: int) -> MaskPiece:
    added: AddedToken | None = tokenizer.get_added_tokens_decoder().get(number)
    return MaskPiece(text, number, takes_left=bool(added and added.lstrip), takes_right=bool(added and added.rstrip))


def blanks_in(doc: Doc, mask: str) -> list[Blank]:
    """Where the mask piece is written in the text, in its order."""
    text, found, start = doc.text, [], 0
    while (start := text.find(mask, start)) >= 0:
        found.append(Blank(start, start + len(mask)))
        start += len(mask)
    return found


def with_masks(
    docs: Sequence[Doc],
    blanks: Sequence[Sequence[Blank]],
    tokenize: Tokenize,
    *,
    mask: MaskPiece,
    pieces_from: str,
) -> BlankedDocs:
    """Make pieces of one Doc or more.

    blanks: Of each Doc, in the order of the text; none shares a character with another.
    tokenize, pieces_from: How the encoder makes pieces of Docs.
    """
    parts: list[Doc] = []  # of all texts, and the mask piece, which has the place -1
    made, order, n_parts = [], [], []
    for doc, of_doc in zip(docs, blanks):
        words = list(_parts(doc, of_doc, mask, keep_spaces=pieces_from == "text"))
        for part in words:
            order += [len(parts), -1]
            parts.append(Doc(doc.vocab, words=part.words, spaces=part.spaces))
        order.pop()
        n_parts.append(2 * len(words) - 1)
        made.append(_joined(doc, words, mask.text))
    is_mask = np.array(order) < 0
    pieces = _with_mask(tokenize(parts), Doc(docs[0].vocab, words=[mask.text]), mask.number)
    pieces = pieces.at(np.array(order) % len(pieces.per_doc))
    places = np.cumsum(pieces.per_doc)[is_mask] - 1
    starts = starts_of(np.array(n_parts))
    per_doc, tokens_per_doc = (np.add.reduceat(n, starts) for n in (pieces.per_doc, pieces.tokens_per_doc))
    return BlankedDocs(made, pieces._replace(per_doc=per_doc, tokens_per_doc=tokens_per_doc), places)


def _parts(doc: Doc, blanks: Sequence[Blank], mask: MaskPiece, *, keep_spaces: bool) -> Iterator[_Words]:
    """The tokens before, between and after the blanks. Tokens that have characters on both sides of an edge are cut."""
    text, token_ends = doc.text, doc.to_array([IDX, LENGTH]).astype(np.int64).sum(axis=1)
    edges = [0, *(edge for blank in blanks for edge in blank), len(text)]
    for start, end in zip(edges[::2], edges[1::2]):
        if mask.takes_left and end < len(text):
            end = start + len(text[start:end].rstrip())
        if mask.takes_right and start:
            start = end - len(text[start:end].lstrip())
        part = _Words([], [], [])
        first = int(np.searchsorted(token_ends, start, side="right"))
        if keep_spaces and start < (doc[first].idx if first < len(doc) else end) and start < end:
            _add(part, " ", space=False, is_start=False)  # what follows the last token before
        for token in doc[first:]:
            if token.idx >= end or start >= end:
                break
            word = text[max(token.idx, start) : min(token.idx + len(token), end)]
            space = bool(token.whitespace_) and token.idx + len(token) < end
            _add(part, word, space=space, is_start=token.is_sent_start if token.idx >= start else False)
        yield part


def _add(part: _Words, word: str, *, space: bool, is_start: bool | None) -> None:
    part.words.append(word)
    part.spaces.append(space)
    part.starts.append(is_start)


def _joined(doc: Doc, parts: Sequence[_Words], mask: str) -> Doc:
    """The Doc with a token for each mask piece, for its windows and its context."""
    whole = _Words([*parts[0].words], [*parts[0].spaces], [*parts[0].starts])
    for part in parts[1:]:
        _add(whole, mask, space=False, is_start=False)
        whole.words.extend(part.words)
        whole.spaces.extend(part.spaces)
        whole.starts.extend(part.starts)
    joined = Doc(doc.vocab, words=whole.words, spaces=whole.spaces, sent_starts=whole.starts)
    if CONTEXT in doc.user_data:
        joined.user_data[CONTEXT] = doc.user_data[CONTEXT]
    return joined


def _with_mask(pieces: Pieces, mask: Doc, number: int) -> Pieces:
    """The same, and after all Docs one of the mask piece alone."""
    return Pieces(
        ids=np.append(pieces.ids, number),
        per_token=np.append(pieces.per_token, 1),
        per_doc=np.append(pieces.per_doc, 1),
        tokens_per_doc=np.append(pieces.tokens_per_doc, 1),
        taggable=np.append(pieces.taggable, True),
        tokens=np.concatenate([pieces.tokens, tokens_of(mask)]),
    )
