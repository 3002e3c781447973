"""`doc._.pair`, or a border in the Doc's text → the two texts of a pair."""

from collections.abc import Iterable
from itertools import chain
from typing import NamedTuple, TypeAlias

import numpy as np
from spacy.tokens import Doc
from spacy.vocab import Vocab

from ...errors import Errors
from ...types import Ints1d
from ..categories.gold import has_text

Text: TypeAlias = str | Doc
Pair: TypeAlias = tuple[Text, Text]

PAIR = "pair"  # `doc._.pair`


class Part(NamedTuple):
    """One side of a border.

    tokens: Their numbers in the whole Doc: (n_tokens,).
    """

    text: Doc
    tokens: Ints1d


def check_border(border: object) -> None:
    if border is not None and (not isinstance(border, str) or not border.strip()):
        raise ValueError(Errors.B010.format(found=border, setting="border", allowed="null, or a text such as |||"))


def pair_of(doc: Doc, given: object, border: str | None, name: str) -> Pair | None:
    """The two texts; None if the Doc has but one.

    given (object): What `doc._.pair` is. It goes before a border.
    border (str): What stands between two texts in one Doc; None for nothing.
    name (str): Of the component, for errors.
    RAISES (ValueError): What is given is no text, or an empty one; several borders, or nothing on one side.
    """
    if given is not None:
        return check_pair((doc, given), f"'{name}'", "`doc._.pair`")
    parts = None if border is None else parts_of(doc, border, name)
    if parts is None:
        return None
    return check_pair(tuple(part.text for part in parts), f"'{name}'", f"the text behind the border {border!r}")


def parts_of(doc: Doc, border: str, name: str) -> tuple["Part", "Part"] | None:
    """What stands before a border and behind it; None if there is none. RAISES (ValueError): There are several."""
    sides = doc.text.split(border, 2)
    if len(sides) == 1:
        return None
    if len(sides) > 2:
        raise ValueError(Errors.B453.format(name=name, border=border, text=doc.text[:80]))
    end = len(sides[0])
    return _part(doc, 0, end), _part(doc, end + len(border), len(doc.text))


def check_pair(pair: object, of: str, second: str) -> Pair:
    """The pair, of two texts that are not empty.

    of, second (str): Whose pair it is, and how the second text is called, for errors.
    RAISES (ValueError): It is none.
    """
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(Errors.B451.format(of=of, what="a pair", found=_shown(pair), allowed="two texts: (str, str)"))
    for text, what in zip(pair, ("the first text", second)):
        if not isinstance(text, str | Doc):
            raise ValueError(Errors.B451.format(of=of, what=what, found=_shown(text), allowed="a str or a Doc"))
        if not (text.strip() if isinstance(text, str) else has_text(text)):
            shown = [other if isinstance(other, str) else getattr(other, "text", other) for other in pair]
            raise ValueError(Errors.B452.format(of=of, what=what, pair=[str(one)[:50] for one in shown]))
    first, other = pair
    return first, other


def docs_of_pairs(pairs: Iterable[Pair]) -> list[Doc]:
    """First and second text of each pair in turn: (2 * n_pairs,)."""
    return docs_of_texts(chain(*pairs))


def docs_of_texts(texts: Iterable[Text]) -> list[Doc]:
    """A str becomes one token: its pieces are those that the checkpoint's tokenizer makes of the whole. It is kept out
    of the pipeline's vocabulary, which would remember it.
    """
    vocab = Vocab()
    return [
        text if isinstance(text, Doc) else Doc(vocab, words=[text] if text else [], spaces=[False] if text else [])
        for text in texts
    ]


def _part(doc: Doc, start: int, end: int) -> Part:
    """The tokens between two characters, without white space at either end. Tokens that lie across are cut."""
    text = doc.text
    found = [(token, text[max(token.idx, start) : min(token.idx + len(token), end)]) for token in doc]
    seen = [i for i, (_, word) in enumerate(found) if word.strip()]
    chosen = found[seen[0] : seen[-1] + 1] if seen else []
    has_sentences = doc.has_annotation("SENT_START")
    part = Doc(
        doc.vocab,
        words=[word for _, word in chosen],
        spaces=[*(bool(token.whitespace_) for token, _ in chosen[:-1]), False][: len(chosen)],
        sent_starts=[token.is_sent_start for token, _ in chosen] if has_sentences else None,
    )
    return Part(part, np.array([token.i for token, _ in chosen], dtype=np.int64))


def _shown(value: object) -> str:
    return f"{str(value)[:50]!r}, of type {type(value).__name__}"
