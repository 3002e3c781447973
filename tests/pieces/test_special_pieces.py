"""Special pieces are those that the checkpoint's own tokenizer puts around one text or two."""

import pytest
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from spacy_bert_ext.pieces.special_pieces import special_pieces_of
from tests.tiny import KINDS


@pytest.fixture(params=KINDS)
def fast_tokenizer(request, checkpoints) -> PreTrainedTokenizerFast:
    return AutoTokenizer.from_pretrained(checkpoints[request.param])


def test_two_texts_with_special_pieces_are_what_the_tokenizer_makes_of_a_pair(fast_tokenizer):
    tokenizer = fast_tokenizer.backend_tokenizer
    special = special_pieces_of(tokenizer, pad=0, has_types=True)
    first, second = (tokenizer.encode(text, add_special_tokens=False).ids for text in ("the", "Berlin"))
    pair = tokenizer.encode("the", "Berlin")
    assert [*special.before, *first, *special.between, *second, *special.after] == pair.ids
    of = special.types
    types = [*of.before, *[of.first] * len(first), *of.between, *[of.second] * len(second), *of.after]
    assert types == pair.type_ids
    assert [*special.before, *first, *special.after] == tokenizer.encode("the").ids
    assert special.n_around == len(special.before) + len(special.after)


def test_types_are_left_out_where_the_checkpoint_knows_none(fast_tokenizer):
    assert special_pieces_of(fast_tokenizer.backend_tokenizer, pad=0, has_types=False).types is None
