"""Windows are filled up with the pieces nearest to their Docs."""

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_bert_ext.pieces.context import make_context
from spacy_bert_ext.pieces.document_context import set_contexts
from spacy_bert_ext.pieces.from_text import TextTokenizer
from spacy_bert_ext.pieces.from_tokens import PieceTokenizer
from spacy_bert_ext.pieces.windows import make_windows
from tests.checkpoints.classifiers import CLASSIFIER_TOKENIZERS
from tests.tiny import TOKENIZERS

LETTERS = "abcdefghijklmnopqrstuvwxyz"  # each a piece


@pytest.fixture(scope="module")
def tokenizer():
    return TOKENIZERS["bert"]()


def contexts(tokenizer, docs: list[Doc], *, capacity: int, context_pieces: int) -> list[tuple[str, str]]:
    """What stands before and after each window, as text."""
    tokenize = PieceTokenizer(tokenizer.backend_tokenizer)
    pieces = tokenize(docs)
    windows = make_windows(docs, pieces, capacity=capacity, overlap=0)
    context = make_context(docs, windows, tokenize, capacity=capacity, context_pieces=context_pieces)

    def text(start: int, length: int) -> str:
        return "".join(tokenizer.convert_ids_to_tokens(context.ids[start : start + length].tolist()))

    before = zip(context.before_start.tolist(), context.n_before.tolist())
    after = zip(context.after_start.tolist(), context.n_after.tolist())
    return [(text(*one), text(*other)) for one, other in zip(before, after)]


def make_document(*texts: str) -> list[Doc]:
    vocab = Vocab()
    docs = [Doc(vocab, words=list(text)) for text in texts]
    set_contexts(docs, 100)
    return docs


def test_the_nearest_pieces_are_taken_from_both_sides(tokenizer):
    docs = make_document("abc", "de", "fghij")
    assert contexts(tokenizer, docs, capacity=100, context_pieces=4) == [("", "defg"), ("bc", "fg"), ("bcde", "")]
    assert contexts(tokenizer, docs, capacity=100, context_pieces=3)[1] == ("bc", "f")
    assert contexts(tokenizer, docs, capacity=100, context_pieces=7)[1] == ("abc", "fghi")
    assert contexts(tokenizer, docs, capacity=100, context_pieces=100)[1] == ("abc", "fghij")


def test_context_takes_only_the_room_that_is_left(tokenizer):
    docs = make_document("abc", "de", "fghij")
    assert contexts(tokenizer, docs, capacity=5, context_pieces=100) == [("", "de"), ("bc", "f"), ("", "")]


def test_docs_of_several_windows_get_none(tokenizer):
    docs = make_document("abc", "defgh", "ij")
    assert contexts(tokenizer, docs, capacity=4, context_pieces=4) == [("", "d"), ("", ""), ("", ""), ("gh", "")]


def test_docs_that_were_told_of_none_get_none(tokenizer):
    docs = make_document("abc", "de")
    docs.insert(1, Doc(docs[0].vocab, words=["x"]))
    assert contexts(tokenizer, docs, capacity=9, context_pieces=4) == [("", "de"), ("", ""), ("abc", "")]
    assert contexts(tokenizer, docs, capacity=9, context_pieces=0) == [("", "")] * 3


def test_a_doc_without_pieces_sees_its_neighbours(tokenizer):
    assert contexts(tokenizer, make_document("ab", "", "cd"), capacity=9, context_pieces=2)[1] == ("b", "c")


@given(st.lists(st.text(LETTERS, max_size=12), min_size=1, max_size=6), st.integers(2, 12), st.integers(0, 12))
def test_context_is_what_stands_around(tokenizer, texts, capacity, context_pieces):
    docs = make_document(*texts)
    found = iter(contexts(tokenizer, docs, capacity=capacity, context_pieces=context_pieces))
    done, whole = 0, "".join(texts)
    for text in texts:
        before, after = next(found)
        end = done + len(text)
        if len(text) > capacity:
            assert not before and not after
            for _ in range(-(-len(text) // capacity) - 1):  # letters are tokens: all but the last window are full
                assert next(found) == ("", "")
        else:
            assert whole[:done].endswith(before) and whole[end:].startswith(after)
            room = min(context_pieces, capacity - len(text))
            assert len(before + after) == min(room, len(whole) - len(text))
        done = end


@pytest.mark.parametrize("kind", CLASSIFIER_TOKENIZERS)
def test_pieces_of_texts_are_those_of_the_joined_parts(kind):
    tokenizer = CLASSIFIER_TOKENIZERS[kind]()
    nlp = spacy.blank("en")
    docs = [nlp.make_doc(text) for text in ("the president", "of Germany.", "met the", "chancellor")]
    set_contexts(docs, 100)
    tokenize = TextTokenizer(tokenizer.backend_tokenizer)
    windows = make_windows(docs, tokenize(docs), capacity=100, overlap=0)
    context = make_context(docs, windows, tokenize, capacity=100, context_pieces=100)
    expected = tokenizer("the president of Germany. met the", add_special_tokens=False)["input_ids"]
    start = context.before_start[3]
    assert context.ids[start : start + context.n_before[3]].tolist() == expected
