"""Scores of the tokens of some Docs, as `get_loss` is given them."""

from collections.abc import Sequence
from typing import Protocol, TypeVar

from spacy.tokens import Doc

from ..errors import Errors
from ..pieces.tokens import have_tokens
from ..types import Ints1d, Tokens2d


class ScoresOfTokens(Protocol):
    """See `TagScores`."""

    @property
    def tokens_per_doc(self) -> Ints1d: ...

    @property
    def tokens(self) -> Tokens2d | None: ...


ScoresT = TypeVar("ScoresT", bound=ScoresOfTokens)


def checked_scores(scores: object, kind: type[ScoresT], docs: Sequence[Doc], name: str) -> ScoresT:
    """The scores themselves.

    name (str): Of the component.
    RAISES (ValueError): They are of another kind, or of Docs with other tokens.
    """
    found = type(scores).__name__
    if isinstance(scores, kind):
        if have_tokens(docs, scores.tokens_per_doc, scores.tokens):
            return scores
        found = f"scores of Docs with other tokens, {scores.tokens_per_doc.tolist()} of them"
    allowed = f"Docs of {[len(doc) for doc in docs]} tokens"
    raise ValueError(Errors.B113.format(name=name, allowed=allowed, found=found))
