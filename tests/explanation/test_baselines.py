import pytest

from spacy_bert_ext.explanation.baselines import baseline_piece
from tests.coded import raises_code
from tests.tiny import TOKENIZERS


def test_pieces():
    tokenizer = TOKENIZERS["bert"]()
    assert tokenizer.convert_ids_to_tokens(baseline_piece("mask", tokenizer, "head")) == "[MASK]"
    assert tokenizer.convert_ids_to_tokens(baseline_piece("pad", tokenizer, "head")) == "[PAD]"
    assert baseline_piece("zero", tokenizer, "head") is None


@pytest.mark.parametrize(("baseline", "others"), [("mask", '"pad", "zero"'), ("pad", '"mask", "zero"')])
def test_a_tokenizer_without(baseline, others):
    tokenizer = TOKENIZERS["bert"]()
    tokenizer.mask_token = tokenizer.pad_token = None
    with raises_code("B393", match=others):
        baseline_piece(baseline, tokenizer, "head")
