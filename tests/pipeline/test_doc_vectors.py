"""Vectors that stay with a Doc, whatever happens to it: right, or as spaCy has it without them."""

import copy
import pickle

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from tests.annotated import TEXTS
from tests.pipeline.pipelines import encoder_config

TEXT = "Manchester United lost against Real Madrid"


@pytest.fixture(scope="module")
def keeping(bert_folder: str) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", **encoder_config(bert_folder)})
    nlp.initialize()
    return nlp


def assert_as_without_vectors(doc: Doc) -> None:
    """As spaCy has it for a Doc without vectors."""
    plain = Doc(doc.vocab, words=[token.text for token in doc], spaces=[bool(token.whitespace_) for token in doc])
    for found, expected in ((doc, plain), (doc[0], plain[0]), (doc[0:2], plain[0:2])):
        assert found.has_vector is expected.has_vector is False
        with pytest.warns(UserWarning, match="W007"):
            assert found.similarity(plain[1:]) == expected.similarity(plain[1:]) == 0.0
    assert np.array_equal(doc[0].vector, plain[0].vector)
    assert doc._.bert is None


def merge(doc: Doc, *spans: tuple[int, int]) -> Doc:
    with doc.retokenize() as retokenizer:
        for start, end in spans:
            retokenizer.merge(doc[start:end])
    return doc


def split_first(doc: Doc) -> Doc:
    first = doc[0]
    with doc.retokenize() as retokenizer:
        retokenizer.split(first, [first.text[:2], first.text[2:]], heads=[(first, 1), (first, 0)])
    return doc


def test_vectors_of_merged_tokens_are_the_means_over_their_pieces(keeping: Language) -> None:
    before, doc = keeping(TEXT), merge(keeping(TEXT), (0, 2), (3, 6))
    assert [token.text for token in doc] == ["Manchester United", "lost", "against Real Madrid"]
    for token, span in zip(doc, (before[0:2], before[2:3], before[3:6])):
        np.testing.assert_allclose(token.vector, span.vector, rtol=1e-5)
        assert token.has_vector and token.vector_norm == pytest.approx(np.linalg.norm(span.vector))
    np.testing.assert_array_equal(doc.vector, before.vector)
    np.testing.assert_allclose(doc[1:3].vector, before[2:6].vector, rtol=1e-5)
    per_token = before._.bert.pieces_per_token
    assert doc._.bert.pieces_per_token.tolist() == [per_token[:2].sum(), per_token[2], per_token[3:].sum()]
    assert doc.has_vector and doc.similarity(before) == pytest.approx(1.0)


@pytest.mark.parametrize("first_asked", ["vector", "has_vector", "vector_norm"])
def test_merging_again_and_again(keeping: Language, first_asked: str) -> None:
    before, doc = keeping(TEXT), keeping(TEXT)
    for n_tokens in range(5, 0, -1):
        merge(doc, (0, 2))
        getattr(doc[0], first_asked)
        assert len(doc) == n_tokens
        np.testing.assert_allclose(doc[0].vector, before[: 7 - n_tokens].vector, rtol=1e-5)


def test_spacys_merging_components_work_after_the_encoder(bert_folder: str) -> None:
    nlp = spacy.blank("en")
    ruler = nlp.add_pipe("entity_ruler")
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", **encoder_config(bert_folder)})
    nlp.initialize()
    ruler.add_patterns([{"label": "ORG", "pattern": "Manchester United"}])
    nlp.add_pipe("merge_entities")
    doc = nlp(TEXT)
    assert doc[0].text == "Manchester United" and doc.has_vector and doc[0].has_vector
    assert [token.text for token in doc.ents[0].as_doc()] == ["Manchester United"]


def test_split_tokens_have_no_vectors(keeping: Language) -> None:
    assert_as_without_vectors(split_first(keeping(TEXT)))


def test_as_many_tokens_as_before_but_others(keeping: Language) -> None:
    doc = merge(split_first(keeping(TEXT)), (5, 7))
    assert len(doc) == 6
    assert not any(token.has_vector for token in doc[:-1] if token.i)
    assert_as_without_vectors(doc)


def test_a_span_as_a_doc_of_its_own(keeping: Language) -> None:
    doc = keeping(TEXT)
    part = doc[2:4].as_doc()
    np.testing.assert_array_equal(part.vector, doc[2:4].vector)  # which spaCy sets
    assert part.vector_norm == pytest.approx(np.linalg.norm(part.vector))
    assert part.similarity(doc) == pytest.approx(doc[2:4].similarity(doc))
    assert not part.has_vector and not part[0].has_vector and part._.bert is None
    assert doc.has_vector and doc[2].has_vector and doc._.bert is not None


def test_encoding_a_span_as_a_doc_leaves_the_doc_alone(keeping: Language) -> None:
    doc = keeping(TEXT)
    before = doc.vector
    part = keeping.get_pipe("bert_encoder")(doc[2:4].as_doc())
    assert part.has_vector and part[0].has_vector and len(part._.bert.token_vectors) == 2
    np.testing.assert_array_equal(doc.vector, before)


@pytest.mark.parametrize(
    "copied",
    [
        lambda doc: pickle.loads(pickle.dumps(doc)),
        copy.deepcopy,
        Doc.copy,
        lambda doc: doc[:].as_doc(),
        lambda doc: merge(doc.copy(), (0, 1)),
    ],
)
def test_copies_have_the_same_vectors(keeping: Language, copied) -> None:
    doc = keeping(TEXT)
    other = copied(doc)
    np.testing.assert_array_equal(other.vector, doc.vector)
    np.testing.assert_array_equal(other[1].vector, doc[1].vector)
    np.testing.assert_array_equal(other._.bert.last_hidden_state, doc._.bert.last_hidden_state)
    merge(other, (0, 2))
    assert other[0].has_vector and doc[0].text == "Manchester" and len(doc._.bert.token_vectors) == 6


@pytest.mark.parametrize(
    "written",
    [
        lambda doc: Doc(doc.vocab).from_bytes(doc.to_bytes(exclude=["user_hooks"])),
        lambda doc: next(DocBin(docs=[doc]).get_docs(doc.vocab)),
        lambda doc: Doc.from_docs([doc, doc]),
    ],
)
def test_other_forms_have_none(keeping: Language, written) -> None:
    assert_as_without_vectors(written(keeping(TEXT)))


def test_hooks_of_others_stay(keeping: Language) -> None:
    doc = keeping(TEXT)
    doc.user_hooks["sentiment"] = lambda _: 0.5
    doc.user_token_hooks["vector"] = lambda token: np.full(2, token.i, np.float32)
    split_first(doc)
    assert doc._.bert is None and list(doc.user_hooks) == ["sentiment"]
    assert doc[2].vector.tolist() == [2, 2]


def test_empty_and_blank_docs(keeping: Language) -> None:
    for text in ("", " ", "\n\n"):
        doc = keeping(text)
        assert doc.vector.shape == (32,) and doc[0:0].vector.shape == (32,)
        assert not any(token.has_vector for token in doc)
        assert len(doc._.bert.token_vectors) == len(doc)


def test_no_doc_holds_the_arrays_of_others(keeping: Language) -> None:
    kept = list(keeping.pipe(TEXTS))[1]._.bert
    arrays = [getattr(kept, name) for name in ("tokens", "token_starts", "pieces_per_token", "last_hidden_state")]
    assert all(array.base is None or array.base.nbytes == array.nbytes for array in arrays)
