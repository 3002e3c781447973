"""Pieces of Docs with blanks are those that the tokenizer itself makes of a text with mask pieces."""

from collections.abc import Sequence
from random import Random

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab
from transformers import PreTrainedTokenizerFast

from spacy_bert_ext import with_context
from spacy_bert_ext.pieces.blanks import Blank, MaskPiece, blanks_in, mask_piece_of, with_masks
from spacy_bert_ext.pieces.document_context import context_of
from spacy_bert_ext.pieces.pieces import Pieces
from spacy_bert_ext.pieces.tokenizers import tokenizer_for
from spacy_bert_ext.pieces.tokens import tokens_of_all
from tests.checkpoints.classifiers import CLASSIFIER_TOKENIZERS
from tests.tiny import make_docs

TEXTS = [
    "The president of Germany met {} in Berlin.",
    "{}",
    "{} and {}",
    "  {}  gas  {} .",
    "un{}able, {}{} e-mail",
    "Zürich über {}!",
    "no blank at all",
    "",
]
MASK = MaskPiece("[MASK]", 4, takes_left=False, takes_right=False)


PARTS = ["a", "the", " ", "  ", ".", ",", "é", "e\u0301", "東", "\n", "\t", "-", "'s", "Berlin", "\u00a0", "{}"]


@pytest.fixture(params=CLASSIFIER_TOKENIZERS)
def fast(request: pytest.FixtureRequest) -> PreTrainedTokenizerFast:
    return CLASSIFIER_TOKENIZERS[request.param]()


def test_pieces_are_those_of_the_tokenizer(fast: PreTrainedTokenizerFast) -> None:
    nlp = spacy.blank("en")
    random = Random(0)
    texts = TEXTS + ["".join(random.choices(PARTS, k=random.randint(1, 8))) for _ in range(100)]
    docs = [nlp.make_doc(text.replace("{}", fast.mask_token)) for text in texts]
    mask = mask_piece_of(fast.backend_tokenizer, fast.mask_token, fast.mask_token_id)
    blanks = [blanks_in(doc, fast.mask_token) for doc in docs]
    tokenize = tokenizer_for("text", fast.backend_tokenizer, special=fast.all_special_tokens)
    found = with_masks(docs, blanks, tokenize, mask=mask, pieces_from="text")
    ids = np.split(found.pieces.ids, np.cumsum(found.pieces.per_doc)[:-1])
    assert [part.tolist() for part in ids] == [fast(doc.text, add_special_tokens=False)["input_ids"] for doc in docs]
    assert found.pieces.ids[found.places].tolist() == [fast.mask_token_id] * sum(map(len, blanks))
    assert [len(doc) for doc in found.docs] == found.pieces.tokens_per_doc.tolist()
    assert found.pieces.per_token.sum() == len(found.pieces.ids)


def letters(docs: Sequence[Doc]) -> Pieces:
    """As many pieces as a token has letters, numbered by them."""
    words = [[token.text for token in doc if not token.is_space] for doc in docs]
    lengths = [[0 if token.is_space else len(token) for token in doc] for doc in docs]
    return Pieces(
        ids=np.array([ord(letter) for doc in words for word in doc for letter in word], dtype=np.int64),
        per_token=np.array([n for doc in lengths for n in doc], dtype=np.int64),
        per_doc=np.array([sum(doc) for doc in lengths]),
        tokens_per_doc=np.array([len(doc) for doc in docs]),
        taggable=np.array([n > 0 for doc in lengths for n in doc], dtype=np.bool_),
        tokens=tokens_of_all(docs),
    )


def read(pieces: Pieces) -> str:
    return "".join("_" if number == 4 else chr(number) for number in pieces.ids)


def test_tokens_that_have_characters_on_both_sides_of_an_edge_are_cut() -> None:
    (doc,) = make_docs("ab cdef gh")
    found = with_masks([doc], [[Blank(1, 4), Blank(5, 6)]], letters, mask=MASK, pieces_from="tokens")
    assert read(found.pieces) == "a_d_fgh"
    assert [token.text for token in found.docs[0]] == ["a", "[MASK]", "d", "[MASK]", "f", "gh"]
    assert found.pieces.per_token.tolist() == [1, 1, 1, 1, 1, 2]
    assert found.places.tolist() == [1, 3]


def test_several_docs_with_any_number_of_blanks() -> None:
    docs = make_docs("ab cd", "ef", "gh ij")
    blanks = [[Blank(0, 2), Blank(3, 5)], [], [Blank(3, 5)]]
    found = with_masks(docs, blanks, letters, mask=MASK, pieces_from="tokens")
    assert read(found.pieces) == "__efgh_"
    assert found.pieces.per_doc.tolist() == [2, 2, 3]
    assert found.pieces.tokens_per_doc.tolist() == [2, 1, 2]
    assert found.places.tolist() == [0, 1, 6]


@pytest.mark.parametrize(
    ("left", "right", "expected"), [(False, False, "a | b"), (True, False, "a| b"), (True, True, "a|b")]
)
def test_white_space_around_may_belong_to_the_mask_piece(left: bool, right: bool, expected: str) -> None:
    doc = Doc(Vocab(), words=["a", "[MASK]", "b"], spaces=[True, True, False])
    parts: list[str] = []

    def tokenize(docs: Sequence[Doc]) -> Pieces:
        parts.extend(doc.text for doc in docs)
        return letters(docs)

    mask = MaskPiece("[MASK]", 4, takes_left=left, takes_right=right)
    with_masks([doc], [blanks_in(doc, "[MASK]")], tokenize, mask=mask, pieces_from="text")
    assert "|".join(parts) == expected


def test_sentences_and_context_stay() -> None:
    doc = Doc(Vocab(), words=["a", "b", "c", "d"], sent_starts=[True, False, True, False])
    list(with_context([[doc, *make_docs("e", vocab=doc.vocab)]]))
    found = with_masks([doc], [[Blank(2, 3)]], letters, mask=MASK, pieces_from="tokens")
    (made,) = found.docs
    assert [token.is_sent_start for token in made] == [True, False, True, False]
    assert context_of(made) == context_of(doc)


def test_masks_are_found_by_characters_however_tokens_are_cut() -> None:
    doc = spacy.blank("en").make_doc("[MASK][MASK] a [MASK")
    assert blanks_in(doc, "[MASK]") == [Blank(0, 6), Blank(6, 12)]
