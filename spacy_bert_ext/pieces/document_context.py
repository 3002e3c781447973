"""What stands around a Doc that is a part of a document, such as a sentence: the encoder may see it (`context_pieces`).

It is kept as words in `doc.user_data`, so that it survives copies, bytes and other processes.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:  # so that importing the package imports nothing big
    from spacy.tokens import Doc

CONTEXT = "spacy_bert_ext.pieces.document_context"  # key in `doc.user_data`
CONTEXT_TOKENS = 128  # on each side; a token has a piece or more


class Words(NamedTuple):
    """words: Texts of tokens. spaces: Whether a space follows each."""

    words: Sequence[str]
    spaces: Sequence[bool]


class Context(NamedTuple):
    """The tokens before and after a Doc, in the order of the text."""

    before: Words
    after: Words


def with_context(documents: Iterable[Iterable["Doc"]], *, context_tokens: int = CONTEXT_TOKENS) -> Iterator["Doc"]:
    """The Docs of all documents, each with its neighbours in the document, for `nlp.pipe`.

    documents (Iterable[Iterable[Doc]]): Of each document its parts, such as sentences, in the order of the text.
    context_tokens (int): How many tokens on each side a Doc is told of, 1 or more.
    RAISES (ValueError): A Doc or a text in the place of a document, a text in that of a Doc, or no tokens to tell of.
    """
    from spacy.tokens import Doc

    from ..errors import Errors
    from ..settings import check_whole_number

    check_whole_number("context_tokens", context_tokens, 1)
    for document in documents:
        given: object = document
        is_one = isinstance(given, (Doc, str))
        parts: list[Any] = [document] if is_one else list(document)
        for part in parts:
            if is_one or not isinstance(part, Doc):
                raise ValueError(Errors.B064.format(found=type(part).__name__, text=str(part)[:50]))
        set_contexts(parts, context_tokens)
        yield from parts


def set_contexts(docs: Sequence["Doc"], context_tokens: int) -> None:
    """Tell each Doc of a document the tokens around it. Parts stand apart, but in scripts that have no letters."""
    words, spaces = [], []
    for doc in docs:
        words += [token.text for token in doc]
        spaces += [bool(token.whitespace_) for token in doc]
        if len(doc) and doc.vocab.writing_system.get("has_letters", True):
            spaces[-1] = True
    start = 0
    for doc in docs:
        end = start + len(doc)
        before, after = slice(max(0, start - context_tokens), start), slice(end, end + context_tokens)
        # Lists, as which they come back from bytes, too.
        doc.user_data[CONTEXT] = [[words[before], spaces[before]], [words[after], spaces[after]]]
        start = end


def context_of(doc: "Doc") -> Context | None:
    found: Any = doc.user_data.get(CONTEXT)
    return None if found is None else Context(*(Words(*map(tuple, side)) for side in found))
