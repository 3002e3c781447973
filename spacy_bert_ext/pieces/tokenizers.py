"""What pieces are made from: spaCy's tokens one by one, or the text as it stands."""

from collections.abc import Callable, Iterable, Sequence
from typing import Literal, TypeAlias, get_args

from spacy.tokens import Doc
from tokenizers import Tokenizer

from ..errors import Errors
from .from_text import TextTokenizer
from .from_tokens import PieceTokenizer
from .pieces import Pieces

PiecesFrom = Literal["tokens", "text"]
Tokenize: TypeAlias = Callable[[Sequence[Doc]], Pieces]

_KINDS: dict[str, Callable[..., Tokenize]] = {"tokens": PieceTokenizer, "text": TextTokenizer}


def check_pieces_from(found: str) -> None:
    allowed = get_args(PiecesFrom)
    if found not in allowed:
        raise ValueError(Errors.B010.format(found=found, setting="pieces_from", allowed=", ".join(allowed)))


def tokenizer_for(pieces_from: str, tokenizer: Tokenizer, *, special: Iterable[str]) -> Tokenize:
    """A function from Docs to their pieces.

    tokenizer (Tokenizer): The backend of a transformers fast tokenizer.
    special (Iterable[str]): Pieces that no text makes, besides those that the tokenizer knows as special.
    """
    return _KINDS[pieces_from](tokenizer, special=special)
