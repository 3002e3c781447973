"""Words of byte-level BPE begin with a space."""

from tokenizers import Tokenizer, models, pre_tokenizers
from transformers import AutoTokenizer

from spacy_bert_ext.pieces.byte_level import add_prefix_space, has_byte_level_without_prefix_space


def test_which_tokenizers_miss_the_space_before_a_word(checkpoints):
    published = {kind: AutoTokenizer.from_pretrained(folder) for kind, folder in checkpoints.items()}
    found = {kind: has_byte_level_without_prefix_space(t.backend_tokenizer) for kind, t in published.items()}
    assert found == {"bert": False, "distilbert": False, "roberta": True, "modernbert": True}
    for tokenizer in published.values():
        add_prefix_space(tokenizer.backend_tokenizer)
        assert not has_byte_level_without_prefix_space(tokenizer.backend_tokenizer)


def test_byte_level_is_found_inside_a_sequence_of_pre_tokenizers():
    tokenizer = Tokenizer(models.BPE())
    assert not has_byte_level_without_prefix_space(tokenizer)
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.Digits(), pre_tokenizers.ByteLevel(add_prefix_space=False)]
    )
    assert has_byte_level_without_prefix_space(tokenizer)
    add_prefix_space(tokenizer)
    assert not has_byte_level_without_prefix_space(tokenizer)
    assert [piece for piece, _ in tokenizer.pre_tokenizer.pre_tokenize_str("a1")] == ["Ġa", "Ġ1"]
