"""Sentences of Docs, worked out by hand."""

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.pieces.sentences import content_words, sentences_of
from tests.coded import raises_code

VOCAB = spacy.blank("en").vocab


def doc_of(words: list[str], starts: list[bool]) -> Doc:
    return Doc(VOCAB, words=words, sent_starts=starts)


def test_sentences_of_several_docs_without_white_space_at_their_ends() -> None:
    docs = [
        doc_of(["\n", "A", "b", " ", "\n", "C"], [True, False, False, False, True, False]),
        Doc(VOCAB),
        doc_of(["D", " ", "e", "\n"], [True, False, False, True]),
    ]
    found = sentences_of(docs, "summarizer")
    assert found.first.tolist() == [1, 5, 6] and found.last.tolist() == [2, 5, 8]
    assert found.per_doc.tolist() == [2, 0, 1] and found.tokens_per_doc.tolist() == [6, 0, 4]
    assert found.n_tokens.tolist() == [2, 1, 3]
    assert found.of_tokens().tolist() == [-1, 0, 0, -1, -1, 1, 2, 2, 2, -1]


def test_no_docs_and_blank_ones_have_no_sentences() -> None:
    for docs in ([], [Doc(VOCAB)], [doc_of([" ", "\n"], [True, False])]):
        found = sentences_of(docs, "summarizer")
        assert len(found.first) == 0 and found.per_doc.tolist() == [0] * len(docs)


def test_one_token_is_a_sentence() -> None:
    assert sentences_of([Doc(VOCAB, words=["Yes"])], "summarizer").per_doc.tolist() == [1]


def test_a_doc_without_sentences_is_refused(nlp: Language) -> None:
    with raises_code("B461", match=r"'Two words'.*'summarizer'.*sentencizer.*annotating_components"):
        sentences_of([nlp.make_doc("Two words")], "summarizer")


def test_content_words_are_no_stop_words_punctuation_or_space(nlp: Language) -> None:
    doc = nlp.make_doc("The Cat saw the cat ,  of course !")
    words, counts = content_words(doc)
    assert [doc.vocab.strings[word] for word in words[counts].tolist()] == ["cat", "saw", "cat", "course"]
    assert np.array_equal(content_words(spacy.blank("en").make_doc(""))[1], np.zeros(0, dtype=bool))


def test_sentences_of_each_doc_count_its_own_tokens() -> None:
    docs = [
        doc_of(["\n", "A", "b", " ", "\n", "C"], [True, False, False, False, True, False]),
        Doc(VOCAB),
        doc_of(["D", " ", "e", "\n"], [True, False, False, True]),
    ]
    found = list(sentences_of(docs, "summarizer").of_docs())
    assert [(one.first.tolist(), one.last.tolist()) for one in found] == [([1, 5], [2, 5]), ([], []), ([0], [2])]
    assert [one.per_doc.tolist() for one in found] == [[2], [0], [1]]
    assert [one.tokens_per_doc.tolist() for one in found] == [[6], [0], [4]]
