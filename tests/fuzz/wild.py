"""Inputs that nobody expects: any characters, any white space, any tokens, and what looks meant for the model."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from tests.tiny import TEXT

SPELLINGS = (
    "[SEP]",
    "[CLS]",
    "[PAD]",
    "[MASK]",
    "[UNK]",
    "<s>",
    "</s>",
    "<pad>",
    "<mask>",
    "<unk>",
    "▁the",
    "Ġthe",
    "##s",
)
BLANKS = (
    " ",
    "  ",
    "\t",
    "\n",
    "\r\n",
    " \n ",
    "\u00a0",
    "\u3000",
    "\u2003",
    "\u200b",
    "\ufeff",
    "\u2028",
    "\x00",
    "\x1c",
)
ODD = (
    "naïve",
    "e\u0301",
    "\u0301",
    "ﬁ",
    "½",
    "東京",
    "مرحبا",
    "👩‍👩‍👧‍👦",
    "𝔘𝔫",
    "NOUN",
    "ORTH",
    "a" * 300,
    "\U0010ffff",
)

characters = st.characters(exclude_categories=["Cs"])
parts = st.one_of(
    st.sampled_from(TEXT.split()), st.sampled_from([*SPELLINGS, *BLANKS, *ODD]), st.text(characters, max_size=12)
)
texts = st.tuples(st.lists(parts, max_size=40), st.sampled_from(["", " ", "  ", "\n"])).map(lambda p: p[1].join(p[0]))


class Input(NamedTuple):
    """A text, or tokens of any kind, which need not be those that a tokenizer would make.

    words: None for a text.
    """

    text: str
    words: Sequence[str] | None
    spaces: Sequence[bool] | None

    def doc(self, nlp: Language) -> Doc:
        if self.words is None:
            return nlp.make_doc(self.text)
        return Doc(nlp.vocab, words=self.words, spaces=self.spaces)


words = st.lists(st.tuples(parts.filter(bool), st.booleans()), max_size=25)
inputs = st.one_of(
    texts.map(lambda text: Input(text, None, None)),
    words.map(lambda pairs: Input("", [word for word, _ in pairs], [space for _, space in pairs])),
)
