"""Pieces that are counted without an encoder."""

import spacy

from spacy_bert_ext.training.piece_counts import PieceCounter, piece_counter
from tests.tiny import make_docs

DOCS = make_docs("9876 9", "", "9")


def test_pieces_are_the_checkpoints(roberta_folder: str) -> None:
    count = piece_counter(roberta_folder)
    # Digits are pieces, and so is the space that is told to stand before each token.
    assert count.per_token(DOCS).tolist() == [5, 2, 2]
    assert count.per_doc(DOCS).tolist() == [7, 0, 2]
    assert count.n_special == 2
    assert piece_counter(roberta_folder) is count


def test_pieces_can_be_those_of_the_text(roberta_folder: str) -> None:
    # No space stands before the first token.
    count = piece_counter(roberta_folder, pieces_from="text")
    assert count.per_token([spacy.blank("en")("9876 9")]).tolist() == [4, 2]


def test_without_a_tokenizer_tokens_count() -> None:
    count = PieceCounter(None, n_special=2)
    assert count.per_token(DOCS).tolist() == [1, 1, 1]
    assert count.per_doc(DOCS).tolist() == [2, 0, 1]
