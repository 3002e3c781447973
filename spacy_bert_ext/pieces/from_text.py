"""Doc → piece ids, of its whole text at once: what the checkpoint's tokenizer makes of the raw text."""

import unicodedata
from collections.abc import Iterable, Sequence
from functools import cache, partial
from typing import Any

import numpy as np
from spacy.attrs import IDX, IS_SPACE, LENGTH
from spacy.tokens import Doc
from tokenizers import Tokenizer

from ..types import Bools1d, Ints1d
from .pieces import Pieces
from .plain_text import plain_text_copy
from .tokens import tokens_of_all

_N_PLANE = 2**16  # code points of the basic plane, in which all that can't be seen stands, but for tags


class TextTokenizer:
    """Texts to pieces with a checkpoint's own fast tokenizer; where spaCy's tokens begin and end has no part in it.

    A piece belongs to the token that holds its first character that can be seen: a piece may begin with white space.
    One of white space alone belongs to the token in which it begins or, between two tokens, to the one after. A token
    without such a piece ("not", where "cannot" is one piece) has none.

    tokenizer (Tokenizer): The backend of a transformers fast tokenizer, of which a copy is used, see `plain_text_copy`.
    special (Iterable[str]): Pieces that no text makes, besides those that the tokenizer knows as special.
    """

    def __init__(self, tokenizer: Tokenizer, *, special: Iterable[str] = ()) -> None:
        special = tuple(special)
        # Of the original, since a tokenizer's own pickle forgets how it takes special pieces.
        self._made_of = partial(TextTokenizer, special=special), (tokenizer,)
        self._tokenizer = plain_text_copy(tokenizer, special)

    def __reduce__(self) -> tuple[Any, ...]:
        return self._made_of

    def __call__(self, docs: Sequence[Doc]) -> Pieces:
        """Piece ids equal to those of the fast tokenizer for `doc.text` with `split_special_tokens=True`."""
        none = np.zeros(0, np.int64)
        ids, per_token, blank = [none], [none], [none.astype(np.bool_)]
        for doc in docs:
            text = doc.text if len(doc) else ""
            # One by one: encoding many at once starts threads, which the forks of `nlp.pipe(n_process=...)` lack.
            encoding = self._tokenizer.encode(text, add_special_tokens=False)
            ids.append(np.array(encoding.ids if len(doc) else [], dtype=np.int64))
            per_token.append(_pieces_per_token(doc, text, encoding.offsets) if len(doc) else none)
            blank.append(doc.to_array(IS_SPACE).astype(np.bool_) if len(doc) else blank[0])
        per_token_flat = np.concatenate(per_token)
        per_doc, tokens_per_doc = (
            np.array([len(array) for array in arrays[1:]], dtype=np.int64) for arrays in (ids, per_token)
        )
        taggable = (per_token_flat > 0) & ~np.concatenate(blank)
        return Pieces(
            ids=np.concatenate(ids),
            per_token=per_token_flat,
            per_doc=per_doc,
            tokens_per_doc=tokens_per_doc,
            taggable=taggable,
            tokens=tokens_of_all(docs),
        )


def _pieces_per_token(doc: Doc, text: str, offsets: Sequence[tuple[int, int]]) -> Ints1d:
    """How many pieces belong to each token: (n_tokens,).

    offsets: Characters at which pieces start and end.
    """
    token_ends = doc.to_array([IDX, LENGTH]).astype(np.int64).sum(axis=1)
    tokens = np.searchsorted(token_ends, _first_visible(text, offsets), side="right")
    # What normalization has moved about stays in the order of the pieces.
    tokens = np.maximum.accumulate(np.minimum(tokens, len(doc) - 1))
    return np.bincount(tokens, minlength=len(doc)).astype(np.int64)


def _first_visible(text: str, offsets: Sequence[tuple[int, int]]) -> Ints1d:
    """The first character of each piece that can be seen, or its start: (n_pieces,)."""
    starts = np.array([start for start, _ in offsets], dtype=np.int64)
    codes = np.frombuffer(f"{text}x".encode("utf-32-le"), dtype=np.uint32)  # a piece of nothing may start at the end
    invisible = _invisible().take(codes, mode="clip")  # numbers beyond count as the last, which is none of these
    moved = np.flatnonzero(invisible[starts])
    if len(moved):
        ends = np.array([end for _, end in offsets], dtype=np.int64)[moved]
        visible = np.flatnonzero(~invisible)
        found = visible[np.searchsorted(visible, starts[moved])]
        starts[moved] = np.where(found < ends, found, starts[moved])
    return starts


@cache
def _invisible() -> Bools1d:
    """White space, control and format characters such as a zero-width space, by their number: (_N_PLANE,)."""
    return np.array(
        [chr(code).isspace() or unicodedata.category(chr(code)) in ("Cc", "Cf") for code in range(_N_PLANE)]
    )
