"""Tokens are known by their text, and by whether a space follows."""

import numpy as np
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bert_ext.pieces.tokens import have_tokens, tokens_of, tokens_of_all

VOCAB = Vocab()


def doc(*words: str) -> Doc:
    return Doc(VOCAB, words=list(words), spaces=[True] * (len(words) - 1) + [False] if words else [])


def test_text_and_space_of_each_token():
    a, b = VOCAB.strings.add("a"), VOCAB.strings.add("b")
    assert tokens_of(doc("a", "b")).tolist() == [[a, 1], [b, 0]]
    assert tokens_of(doc("a", "b")[1:]).tolist() == [[b, 0]]
    assert tokens_of_all([doc("a", "b"), doc(), doc("a")]).tolist() == [[a, 1], [b, 0], [a, 0]]
    assert tokens_of_all([]).shape == tokens_of_all([doc()]).shape == (0, 2)


def test_docs_have_their_tokens_and_no_others():
    docs = [doc("a", "b"), doc(), doc("a")]
    lengths, tokens = np.array([2, 0, 1]), tokens_of_all(docs)
    assert have_tokens(docs, lengths, tokens)
    assert not have_tokens([doc("a", "c"), *docs[1:]], lengths, tokens)
    assert not have_tokens([doc("a"), doc(), doc("b", "a")], lengths, tokens)
    assert not have_tokens(docs[:2], lengths, tokens)
    # Of other tokens, as many will do, if it is not known which there were.
    assert have_tokens([doc("x", "y"), doc(), doc("z")], lengths, None)
    assert not have_tokens(docs[::-1], lengths, None)
