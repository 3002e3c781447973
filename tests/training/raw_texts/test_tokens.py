"""Tokens of texts, and what the pipeline's vocabulary learns of them: nothing."""

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from spacy_bert_ext.training.piece_counts import PieceCounter
from spacy_bert_ext.training.raw_texts import tokens as tokens_module
from spacy_bert_ext.training.raw_texts.packing import Tokenized
from spacy_bert_ext.training.raw_texts.texts import Text
from spacy_bert_ext.training.raw_texts.tokens import TextTokens

IN_TOKENS = PieceCounter(None, n_special=2)


def tokens_of(nlp: Language, *texts: str | Doc | Text) -> list[Tokenized]:
    made = [text if isinstance(text, Text) else Text(text, begins=True) for text in texts]
    return list(TextTokens(nlp, IN_TOKENS).of(made))


def words_of(tokenized: Tokenized) -> list[str]:
    by_key = {spacy.strings.get_string_id(word): word for word in tokenized.words}
    return [by_key[key] for key in tokenized.keys.tolist()]


def test_texts_are_tokenized_as_the_pipeline_does(nlp: Language) -> None:
    nlp.tokenizer.add_special_case("gimme", [{"ORTH": "gim"}, {"ORTH": "me"}])
    texts = ["Don't (gimme) that!  So, U.S. e-mail.", "  a ", "東京 www.a.com/b?c x\u2028y"]
    (tokenized,) = tokens_of(nlp, *texts)
    docs = [nlp(text) for text in texts]
    assert words_of(tokenized) == [token.text for doc in docs for token in doc]
    spaces = [bool(token.whitespace_) for doc in docs for token in doc]
    for end in np.cumsum([len(doc) for doc in docs])[:-1]:
        spaces[end - 1] = True  # before the next text
    assert tokenized.spaces.tolist() == spaces
    assert np.flatnonzero(tokenized.text_starts).tolist() == [0, len(docs[0]), len(docs[0]) + len(docs[1])]


def test_docs_keep_their_tokens_and_their_sentences(nlp: Language) -> None:
    with_sentences = Doc(nlp.vocab, words=["a", ".", "b", "c"], sent_starts=[False, False, False, True])
    without = Doc(nlp.vocab, words=["a", ".", "b", "c.d"])
    (tokenized,) = tokens_of(nlp, with_sentences, without)
    assert words_of(tokenized) == ["a", ".", "b", "c", "a", ".", "b", "c.d"]
    assert np.flatnonzero(tokenized.sentence_starts).tolist() == [0, 3, 4, 6]
    assert np.flatnonzero(tokenized.text_starts).tolist() == [0, 4]


def test_parts_of_a_text_are_one_text(nlp: Language) -> None:
    (tokenized,) = tokens_of(nlp, Text("a b ", begins=True), Text("c. d", begins=False), Text("e", begins=True))
    assert words_of(tokenized) == ["a", "b", "c.", "d", "e"]
    assert np.flatnonzero(tokenized.text_starts).tolist() == [0, 4]
    assert np.flatnonzero(tokenized.sentence_starts).tolist() == [0, 4]


def test_chunks_are_closed_when_they_are_large(nlp: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens_module, "CHUNK_LENGTH", 10)
    chunks = tokens_of(nlp, "one two", "three", "four", Text("five", begins=False), Text("six", begins=False))
    assert [words_of(chunk) for chunk in chunks] == [["one", "two", "three"], ["four", "five", "six"]]
    monkeypatch.setattr(tokens_module, "CHUNK_LENGTH", 4)
    chunks = tokens_of(nlp, "four", Text("five", begins=False))
    # A text that goes on begins a sentence where the chunk does, but no text.
    assert [chunk.sentence_starts.tolist() for chunk in chunks] == [[True], [True]]
    assert [chunk.text_starts.tolist() for chunk in chunks] == [[True], [False]]


def test_no_vocabulary_grows_with_the_text(nlp: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens_module, "CHUNK_LENGTH", 100)
    monkeypatch.setattr(tokens_module, "MAX_WORDS", 1500)
    sizes = []
    before = len(nlp.vocab), len(nlp.vocab.strings)
    reader = TextTokens(nlp, IN_TOKENS)
    texts = (Text(f"word{i} and word{i + 1}", begins=True) for i in range(4000))
    for _ in reader.of(texts):
        sizes.append(len(reader._copy.vocab))
    assert (len(nlp.vocab), len(nlp.vocab.strings)) == before
    assert max(sizes) <= 1500 + 100
    assert sizes.index(max(sizes)) < len(sizes) // 2  # it is exchanged, and grows again


def test_other_tokenizers_work_in_a_memory_zone() -> None:
    nlp = spacy.blank("zh")
    before = len(list(nlp.vocab)), len(nlp.vocab.strings)
    (tokenized,) = tokens_of(nlp, "東京。北京 a")
    assert words_of(tokenized) == ["東", "京", "。", "北", "京", "a"]
    assert np.flatnonzero(tokenized.sentence_starts).tolist() == [0, 3]
    assert (len(list(nlp.vocab)), len(nlp.vocab.strings)) == before
    with nlp.memory_zone():  # which can't be nested
        assert words_of(tokens_of(nlp, "東京")[0]) == ["東", "京"]


def test_runs_without_blanks_are_taken_apart_piece_by_piece(nlp: Language) -> None:
    # spaCy's tokenizer takes minutes for these in one.
    (tokenized,) = tokens_of(nlp, "a " + "(" * 3500 + " b")
    assert words_of(tokenized) == ["a", *"(" * 3500, "b"]
    assert tokenized.spaces.nonzero()[0].tolist() == [0, 3500]
    (tokenized,) = tokens_of(nlp, "x" * 2500)
    assert [len(word) for word in words_of(tokenized)] == [1000, 1000, 500]
    assert tokenized.sentence_starts.sum() == tokenized.text_starts.sum() == 1


def test_a_tokenizer_may_make_nothing_of_a_text(nlp: Language) -> None:
    nlp.tokenizer = lambda text: Doc(nlp.vocab, words=text.replace("-", "").split())
    (tokenized,) = tokens_of(nlp, "-", "a", "-")
    assert words_of(tokenized) == ["a"]
    assert tokens_of(nlp, "-") == []


def test_spans_of_docs_are_of_no_account(nlp: Language) -> None:
    doc = nlp("a b")
    doc.spans["x"] = [Span(doc, 0, 1, "X")]
    (tokenized,) = tokens_of(nlp, doc)
    assert words_of(tokenized) == ["a", "b"]
