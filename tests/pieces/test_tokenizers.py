"""What pieces are made from is a setting."""

import pytest
from transformers import AutoTokenizer

from spacy_bert_ext.pieces.from_text import TextTokenizer
from spacy_bert_ext.pieces.from_tokens import PieceTokenizer
from spacy_bert_ext.pieces.tokenizers import check_pieces_from, tokenizer_for
from tests.coded import raises_code


@pytest.mark.parametrize("pieces_from, kind", [("tokens", PieceTokenizer), ("text", TextTokenizer)])
def test_each_way_has_its_tokenizer(bert_folder, pieces_from, kind):
    check_pieces_from(pieces_from)
    backend = AutoTokenizer.from_pretrained(bert_folder).backend_tokenizer
    assert type(tokenizer_for(pieces_from, backend, special=())) is kind


def test_others_are_refused():
    with raises_code("B010", match="`pieces_from`.*tokens, text"):
        check_pieces_from("words")
