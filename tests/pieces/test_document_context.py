"""Docs are told what stands around them, and stay so."""

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.vocab import Vocab

from spacy_bert_ext import with_context
from spacy_bert_ext.pieces.document_context import Words, context_of
from tests.tiny import make_docs


def test_each_doc_is_told_of_its_neighbours_in_its_document():
    docs = make_docs("a b", "c", "", "d e")
    other = make_docs("f")
    assert list(with_context([docs, other], context_tokens=2)) == docs + other
    assert [context_of(doc).before.words for doc in docs] == [(), ("a", "b"), ("b", "c"), ("b", "c")]
    assert [context_of(doc).after.words for doc in docs] == [("c", "d"), ("d", "e"), ("d", "e"), ()]
    assert context_of(other[0]) == (Words((), ()), Words((), ()))


def test_documents_may_be_streams_of_docs():
    docs = make_docs("a b", "c")
    assert list(with_context(iter([iter(docs)]))) == docs
    assert context_of(docs[1]).before.words == ("a", "b")


def test_docs_that_are_no_parts_of_documents_are_refused():
    with pytest.raises(ValueError, match=r"B064.* a Doc .*'a b '.*with_context\(\[docs\]\)"):
        list(with_context(make_docs("a b", "c")))


@pytest.mark.parametrize("documents", [["a b", "c"], [["a b", "c"]]])
def test_texts_in_the_place_of_documents_and_docs_are_refused(documents: list):
    with pytest.raises(ValueError, match=r"B064.* a str .*'a b'.*make_doc"):
        list(with_context(documents))


@pytest.mark.parametrize("context_tokens", [0, -3])
def test_docs_must_be_told_of_something(context_tokens: int):
    with pytest.raises(ValueError, match=f"B012.*context_tokens = {context_tokens}`.*1 or more"):
        list(with_context([make_docs("a b", "c")], context_tokens=context_tokens))


def test_spaces_are_kept_but_parts_stand_apart():
    docs = [Doc(Vocab(), words=["a", "."], spaces=[False, False]), *make_docs("b c"), *make_docs("d")]
    list(with_context([docs]))
    assert context_of(docs[2]).before == (("a", ".", "b", "c"), (False, True, True, True))


def test_parts_of_a_script_without_letters_do_not_stand_apart():
    nlp = spacy.blank("zh")
    docs = [nlp.make_doc("你好。"), nlp.make_doc("再见。")]
    list(with_context([docs]))
    assert context_of(docs[1]).before == (("你", "好", "。"), (False, False, False))


def test_context_survives_copies_and_bytes():
    docs = list(with_context([make_docs("a b", "c")]))
    expected = context_of(docs[1])
    assert context_of(docs[1].copy()) == expected
    assert context_of(Doc(Vocab()).from_bytes(docs[1].to_bytes())) == expected
    stored = DocBin(docs=docs, store_user_data=True).to_bytes()
    assert context_of(list(DocBin().from_bytes(stored).get_docs(Vocab()))[1]) == expected


def test_a_doc_knows_of_no_context_by_itself():
    assert context_of(make_docs("a")[0]) is None
