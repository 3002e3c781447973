"""Components that change tokens."""

from spacy.language import Language
from spacy.tokens import Doc


@Language.component("shift_tokens", retokenizes=True)
def shift_tokens(doc: Doc) -> Doc:
    """Split the first token, and merge the last two: every token but the first has another place, none is lost."""
    with doc.retokenize() as retokenizer:
        first = doc[0]
        retokenizer.split(first, [first.text[:2], first.text[2:]], heads=[(first, 1), (first, 0)])
        retokenizer.merge(doc[len(doc) - 2 :])
    return doc


@Language.component("merge_first_two", retokenizes=True)
def merge_first_two(doc: Doc) -> Doc:
    with doc.retokenize() as retokenizer:
        retokenizer.merge(doc[:2])
    return doc
