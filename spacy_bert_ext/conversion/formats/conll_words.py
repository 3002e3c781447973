"""Words of a text ↔ the text: which blanks stand between them."""

import re
from collections.abc import Iterable, Sequence
from itertools import pairwise

from ..records import Mark, Words
from .conll_tags import Entity

# Languages that are written without blanks between words.
_WITHOUT_BLANKS = ("zh", "yue", "ja", "th", "lo", "km", "my", "bo", "dz")
_PARTS = re.compile(r"\w+|[^\w\s]")


def joined(words: Sequence[str], lang: str) -> Words:
    """A sentence, put together as the language is written: which words have no blank between them, nobody has said."""
    has_blanks, n = lang not in _WITHOUT_BLANKS, len(words)
    spaces, starts = tuple(has_blanks and i < n - 1 for i in range(n)), tuple(i == 0 for i in range(n))
    return Words(tuple(words), spaces, knows_spaces=not has_blanks, sentence_starts=starts)


def aligned(words: Sequence[str], text: str) -> tuple[Words, list[int]] | None:
    """All tokens of a text whose words are known, and which of them are the words; None if they are not in the text.

    White space between words becomes tokens as spaCy makes them: the first blank belongs to the token before it.
    """
    texts: list[str] = []
    spaces: list[bool] = []
    places = []
    at = 0
    for word in [*words, ""]:
        start = at
        while at < len(text) and text[at].isspace() and not (word and text.startswith(word, at)):
            at += 1
        if not text.startswith(word, at) or (not word and at < len(text)):
            return None
        _add_blanks(text[start:at], texts, spaces)
        if word:
            places.append(len(texts))
            texts.append(word)
            spaces.append(False)
            at += len(word)
    return Words(tuple(texts), tuple(spaces)), places


def text_of(words: Words) -> str:
    return "".join(word + " " * space for word, space in zip(words.texts, words.spaces, strict=True))


def marked(words: Words, places: Sequence[int], entities: Iterable[Entity]) -> tuple[Mark, ...]:
    """Entities of words whose tokens are at `places`, as marks."""
    starts, at = [], 0
    for word, space in zip(words.texts, words.spaces, strict=True):
        starts.append(at)
        at += len(word) + space
    return tuple(
        Mark(starts[places[first]], starts[places[last]] + len(words.texts[places[last]]), label)
        for first, last, label in entities
    )


def cut(text: str, marks: Iterable[Mark]) -> Words:
    """Words, numbers and signs of a text that nobody has cut; no mark ends within one."""
    borders = {limit for mark in marks for limit in (mark.start, mark.end)}
    words = []
    for match in _PARTS.finditer(text):
        within = sorted(border for border in borders if match.start() < border < match.end())
        limits = [match.start(), *within, match.end()]
        words += [text[start:end] for start, end in pairwise(limits)]
    found = aligned(words, text)
    return Words((text,), (False,)) if found is None else found[0]


def _add_blanks(blanks: str, texts: list[str], spaces: list[bool]) -> None:
    if blanks.startswith(" ") and texts:
        spaces[-1] = True
        blanks = blanks[1:]
    if blanks:
        texts.append(blanks)
        spaces.append(False)
