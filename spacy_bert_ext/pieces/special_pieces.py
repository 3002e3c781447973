"""What a checkpoint's tokenizer puts around texts: [CLS] text [SEP], or [CLS] text [SEP] text [SEP]."""

from typing import NamedTuple

from tokenizers import Encoding, Tokenizer, models

_TEXTS = ("first", "second")
_IDS = (2**32 - 2, 2**32 - 1)  # no vocabulary is that large


class TokenTypes(NamedTuple):
    """Token types of a window of two texts: of each special piece, and of each text.

    before, between, after: (n_before,), (n_between,), (n_after,).
    """

    before: list[int]
    first: int
    between: list[int]
    second: int
    after: list[int]


class SpecialPieces(NamedTuple):
    """Ids of special pieces.

    before, after: Around what a window holds, be it one text or two.
    between: Between two texts.
    pad: What windows are padded with.
    types: None if the checkpoint knows no token types. A window of one text has none but 0.
    """

    before: list[int]
    after: list[int]
    between: list[int]
    pad: int
    types: TokenTypes | None

    @property
    def n_around(self) -> int:
        return len(self.before) + len(self.after)


def special_pieces_of(tokenizer: Tokenizer, *, pad: int, has_types: bool) -> SpecialPieces:
    """tokenizer (Tokenizer): The backend of a transformers fast tokenizer."""
    before, after = pieces_around_text(tokenizer)
    of_pair = _post_processor_alone(tokenizer).encode(*_TEXTS)
    _, between, _ = _split(of_pair.ids, _IDS)
    types = _types(of_pair) if has_types else None
    return SpecialPieces(before, after, between=between, pad=pad, types=types)


def pieces_around_text(tokenizer: Tokenizer) -> tuple[list[int], list[int]]:
    """Pieces that the tokenizer puts before and after a text, such as [CLS] and [SEP]."""
    before, after = _split(_post_processor_alone(tokenizer).encode(_TEXTS[0]).ids, _IDS[:1])
    return before, after


def _post_processor_alone(tokenizer: Tokenizer) -> Tokenizer:
    """The last step alone: what the others do to a text, even to an empty one, is unknown."""
    alone = Tokenizer(models.WordLevel(dict(zip(_TEXTS, _IDS))))
    if tokenizer.post_processor is not None:
        alone.post_processor = tokenizer.post_processor
    return alone


def _types(pair: Encoding) -> TokenTypes:
    first, second = (pair.ids.index(text) for text in _IDS)
    types = list(pair.type_ids)
    return TokenTypes(
        before=types[:first],
        first=types[first],
        between=types[first + 1 : second],
        second=types[second],
        after=types[second + 1 :],
    )


def _split(ids: list[int], at: tuple[int, ...]) -> list[list[int]]:
    """The parts around each of these ids, in their order."""
    parts, start = [], 0
    for place in map(ids.index, at):
        parts.append(ids[start:place])
        start = place + 1
    return [*parts, ids[start:]]
