"""With `pieces_from = "text"` each word has its own pieces, whatever white space stands around it."""

import re

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from tokenizers import Tokenizer

from spacy_bert_ext.pieces.from_text import TextTokenizer
from tests.pieces.tokenizer_kinds import make_tokenizers
from tests.tiny import TEXT

NLP = spacy.blank("xx")
KINDS = list(make_tokenizers())
# To these a word is another, and unknown, with a character that can't be seen.
WITH_UNKNOWN_WORDS = ("WordPiece, uncleaned", "WordPiece, split at white space", "words")
WORDS = sorted({word for word in TEXT.split() if word.isascii() and word.isalpha()})
BLANKS = [
    " ",
    "  ",
    "   ",
    "\t",
    "\n",
    "\n\n",
    "\r\n",
    " \n ",
    "\u00a0",
    " \u00a0",
    "\u3000",
    "\u2003",
    "\u2009 ",
    "\u202f",
]
INVISIBLE = [" \u200b", "\u200b ", " \ufeff ", " \u00ad", "\u2060 "]

spaced_words = st.lists(st.tuples(st.sampled_from(WORDS), st.sampled_from(BLANKS)), min_size=1, max_size=5)


def letters_of(tokenizer: Tokenizer, doc: Doc) -> list[str]:
    """What the pieces of each token spell, ASCII letters only."""
    pieces = TextTokenizer(tokenizer)([doc])
    names = iter([tokenizer.id_to_token(number) for number in pieces.ids.tolist()])
    own = [[next(names) for _ in range(count)] for count in pieces.per_token.tolist()]
    spelled = ["".join(names).replace("</w>", "") for names in own]
    return [re.sub(r"<unk>|\[UNK\]|<0x\w\w>|[^A-Za-z]", "", name) for name in spelled]


def check(kind: str, text: str) -> None:
    tokenizer = make_tokenizers()[kind]
    doc = NLP(text)
    normalized = (lambda word: word) if tokenizer.normalizer is None else tokenizer.normalizer.normalize_str
    expected = [re.sub("[^A-Za-z]", "", normalized(token.text)) for token in doc]
    assert letters_of(tokenizer, doc) == expected, repr(text)


@pytest.mark.parametrize("kind", KINDS)
def test_words_keep_their_pieces(kind):
    for blank in BLANKS if kind in WITH_UNKNOWN_WORDS else [*BLANKS, *INVISIBLE]:
        check(kind, f"Berlin{blank}the{blank}price")
        check(kind, f"{blank}Berlin the{blank}")


@settings(max_examples=200)
@given(kind=st.sampled_from(KINDS), first=st.sampled_from(["", *BLANKS]), words=spaced_words)
def test_words_keep_their_pieces_in_any_white_space(kind, first, words):
    check(kind, first + "".join(word + blank for word, blank in words))


def test_a_piece_of_white_space_alone_belongs_where_it_begins():
    doc = NLP("the \n price  Berlin")
    assert [token.text for token in doc] == ["the", "\n ", "price", " ", "Berlin"]
    tokenizer = make_tokenizers()["Unigram, always, NFKC"]
    pieces = TextTokenizer(tokenizer)([doc])
    assert tokenizer.id_to_token(int(pieces.ids[1])) == "▁"
    assert pieces.per_token.tolist()[:2] == [1, 2]  # of the line break, one is a space that stands between two tokens
    assert pieces.per_token.tolist()[3] == 1
    assert pieces.taggable.tolist() == [True, False, True, False, True]
