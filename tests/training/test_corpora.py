"""A corpus whose sentences know their neighbours."""

from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from spacy.training import Example

from spacy_bert_ext.pieces.document_context import context_of
from spacy_bert_ext.training.corpora import check_spacy_files, create_context_corpus_v1, read_examples
from tests.coded import raises_code

NLP = spacy.blank("en")


def write(path: Path, *texts: tuple[str, int | None]) -> Path:
    docs = []
    for text, document in texts:
        doc = NLP(text)
        if document is not None:
            doc.user_data["document_id"] = document
        docs.append(doc)
    DocBin(docs=docs, store_user_data=True).to_disk(path)
    return path


def words_before(examples: list[Example]) -> list[list[str]]:
    return [list(context_of(eg.predicted).before.words) for eg in examples]


def test_neighbours_of_the_same_document_are_told(tmp_path):
    path = write(tmp_path / "x.spacy", ("A b.", 1), ("C.", 1), ("D.", 2), ("E.", 1))
    examples = list(create_context_corpus_v1(path)(NLP))
    assert words_before(examples) == [[], ["A", "b."], [], []]
    assert [eg.reference.text for eg in examples] == ["A b.", "C.", "D.", "E."]
    assert words_before(list(create_context_corpus_v1(path, context_tokens=1)(NLP)))[1] == ["b."]
    assert len(list(create_context_corpus_v1(path, limit=2)(NLP))) == 2


def test_docs_to_evaluate_on_are_told_of_their_neighbours_if_they_have_a_document(tmp_path):
    path = write(tmp_path / "x.spacy", ("A b.", 1), ("C.", 1), ("D.", None), ("E.", None), ("F.", 0), ("G.", 0))
    contexts = [context_of(eg.predicted) for eg in read_examples(path, NLP)]
    before = [None if context is None else context.before.words for context in contexts]
    assert before == [(), ("A", "b."), None, None, (), ("F.",)]


def test_augmented_examples_keep_the_context(tmp_path):
    def shout(nlp, eg):
        yield eg
        yield Example(Doc(nlp.vocab, words=[token.text.upper() for token in eg.predicted]), eg.reference)

    path = write(tmp_path / "x.spacy", ("A b.", 1), ("c", 1))
    examples = list(create_context_corpus_v1(path, augmenter=shout)(NLP))
    assert [eg.predicted.text.strip() for eg in examples] == ["A b.", "A B.", "c", "C"]
    assert words_before(examples) == [[], [], ["A", "b."], ["A", "b."]]


def test_what_is_wrong_is_told(tmp_path):
    path = write(tmp_path / "x.spacy", ("A b.", 1), ("C.", None))
    with raises_code("B063") as caught:
        list(create_context_corpus_v1(path)(NLP))
    assert "'C.'" in str(caught.value)
    with raises_code("B012"):
        create_context_corpus_v1(path, context_tokens=0)
    with pytest.raises(ValueError, match="E913"):
        create_context_corpus_v1(None)


def test_files_that_are_no_corpus_are_named(tmp_path: Path) -> None:
    DocBin().to_disk(tmp_path / "right.spacy")
    check_spacy_files(tmp_path / "right.spacy")
    check_spacy_files(tmp_path)
    (tmp_path / "empty").mkdir()
    (tmp_path / "table.csv").touch()
    (tmp_path / "wrong.spacy").write_text("text")
    for name, fault in (
        ("empty", "empty is a folder without .spacy files"),
        ("table.csv", "table.csv is no .spacy file"),
        ("wrong.spacy", "wrong.spacy is called a .spacy file, but"),
        (".", "wrong.spacy is called"),
    ):
        with pytest.raises(ValueError, match=f"B555.*{fault}"):
            check_spacy_files(tmp_path / name)
    with pytest.raises(FileNotFoundError, match="absent"):
        check_spacy_files(tmp_path / "absent.csv")
