"""No text makes special pieces, with any tokenizer; other text has the pieces that the tokenizer itself gives it."""

import copy
import pickle

import pytest
import spacy
from hypothesis import given, settings
from hypothesis import strategies as st
from spacy.tokens import Doc
from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers
from tokenizers.processors import TemplateProcessing
from transformers import AutoTokenizer

from spacy_bert_ext.pieces.from_text import TextTokenizer
from spacy_bert_ext.pieces.from_tokens import PieceTokenizer
from spacy_bert_ext.pieces.plain_text import plain_text_copy
from spacy_bert_ext.pieces.special_pieces import pieces_around_text
from tests.pieces.tokenizer_kinds import SPECIAL, make_tokenizers
from tests.tiny import TEXT

NLP = spacy.blank("xx")
KINDS = list(make_tokenizers())
UNKNOWN = ("[UNK]", "<unk>")
SPELLINGS = [*SPECIAL, "＜s＞", "a[SEP]b", " <mask>", "</s></s>", "x<pad>", "[cls]", "[UNK][PAD]"]

texts = st.lists(
    st.one_of(
        st.sampled_from(SPELLINGS), st.sampled_from(TEXT.split()), st.text(st.characters(exclude_categories=["Cs"]))
    ),
    max_size=8,
)


def special_numbers(tokenizer: Tokenizer) -> set[int]:
    """All but the unknown piece, which the tokenizer makes of unknown words."""
    return {tokenizer.token_to_id(piece) for piece in SPECIAL if piece not in UNKNOWN}


def both(tokenizer: Tokenizer, **options) -> list[PieceTokenizer | TextTokenizer]:
    return [PieceTokenizer(tokenizer, **options), TextTokenizer(tokenizer, **options)]


@pytest.mark.parametrize("kind", KINDS)
def test_spelled_special_pieces_are_text(kind):
    tokenizer = make_tokenizers()[kind]
    doc = Doc(NLP.vocab, words=SPELLINGS)
    for tokenize in both(tokenizer):
        pieces = tokenize([doc, NLP("the " + "".join(SPELLINGS))])
        assert not special_numbers(tokenizer) & set(pieces.ids.tolist())
        assert pieces.per_token.sum() == len(pieces.ids) > 0


@settings(max_examples=300)
@given(kind=st.sampled_from(KINDS), parts=texts, glue=st.sampled_from(["", " "]))
def test_any_text_has_no_special_pieces_and_else_those_of_the_tokenizer(kind, parts, glue):
    tokenizer = make_tokenizers()[kind]
    text = glue.join(parts)
    plain = plain_text_copy(tokenizer)
    ids = plain.encode(text, add_special_tokens=False).ids
    assert not special_numbers(tokenizer) & set(ids)
    expected = tokenizer.encode(text, add_special_tokens=False).ids
    if not any(tokenizer.token_to_id(piece) in expected for piece in SPECIAL):
        assert ids == expected


@pytest.mark.parametrize("kind", KINDS)
def test_other_added_pieces_stay(kind):
    tokenizer = make_tokenizers()[kind]
    number = tokenizer.token_to_id("zzdomainzz")
    for tokenize in both(tokenizer):
        assert number in tokenize([Doc(NLP.vocab, words=["the", "zzdomainzz"])]).ids.tolist()


def test_the_name_of_the_unknown_piece_does_not_make_it():
    doc = Doc(NLP.vocab, words=["<unk>"], spaces=[False])
    byte_level = make_tokenizers()["byte-level BPE, space before, trimmed"]
    unigram = make_tokenizers()["Unigram, always, NFKC"]  # to which "<" and ">" are unknown
    for tokenize in both(byte_level):
        assert byte_level.token_to_id("<unk>") not in tokenize([doc]).ids
    for tokenize in both(unigram):
        names = [unigram.id_to_token(number) for number in tokenize([doc]).ids.tolist()]
        assert names[:2] == ["▁", "<unk>"] and names[-1] == "<unk>" and "u" in names[2]
    words = make_tokenizers()["words"]  # to which every word that it does not know is unknown
    for tokenize in both(words):
        assert tokenize([doc]).ids.tolist() == [words.token_to_id("[UNK]")]


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda tokenize: pickle.loads(pickle.dumps(tokenize))])
@pytest.mark.parametrize(
    "kind", ["WordPiece, uncased", "Unigram, first, none", "byte-level BPE, as it stands, trimmed"]
)
def test_copies_make_none_either(kind, copied):
    docs = [Doc(NLP.vocab, words=SPELLINGS), NLP("zzdomainzz [SEP] <extra>")]
    tokenizer = make_tokenizers()[kind]
    for tokenize in both(tokenizer, special=["<extra>"]):
        assert copied(copied(tokenize))(docs).ids.tolist() == tokenize(docs).ids.tolist()


def test_pieces_that_only_their_use_tells_as_special():
    """They are ordinary to the tokenizer, but one stands around texts and the other is named."""
    tokenizer = Tokenizer.from_str(make_tokenizers()["WordPiece, uncased"].to_str())
    tokenizer.add_tokens(["<begin>", "<named>", "<word>"])
    numbers = {name: tokenizer.token_to_id(name) for name in ("<begin>", "<named>", "<word>")}
    tokenizer.post_processor = TemplateProcessing(single="<begin> $A", special_tokens=[("<begin>", numbers["<begin>"])])
    assert pieces_around_text(tokenizer) == ([numbers["<begin>"]], [])
    doc = Doc(NLP.vocab, words=["<begin>", "<named>", "<word>"])
    for tokenize in both(tokenizer, special=["<named>"]):
        assert set(numbers.values()) & set(tokenize([doc]).ids.tolist()) == {numbers["<word>"]}


def test_merges_that_make_special_pieces_are_not_learned():
    vocab = {"<": 0, "s": 1, ">": 2, "<s": 3, "<s>": 4, "<s>s": 5}
    tokenizer = Tokenizer(models.BPE(vocab, [("<", "s"), ("<s", ">"), ("<s>", "s")]))
    tokenizer.add_special_tokens(["<s>"])
    tokenizer.add_tokens([AddedToken("domain")])
    for tokenize in both(tokenizer):
        assert tokenize([Doc(NLP.vocab, words=["<s>"], spaces=[False])]).ids.tolist() == [3, 2]
        assert tokenize([Doc(NLP.vocab, words=["<s>s"], spaces=[False])]).ids.tolist() == [3, 2, 1]
        assert tokenize([Doc(NLP.vocab, words=["domain"], spaces=[False])]).ids.tolist() == [6]


def test_pieces_are_never_made_at_random():
    trained = make_tokenizers()["byte-level BPE, as it stands, trimmed"]
    tokenizer = Tokenizer.from_str(trained.to_str())
    tokenizer.model.dropout = 0.9
    for random, exact in zip(both(tokenizer), both(trained)):
        for _ in range(5):
            assert (
                random([NLP("international president")]).ids.tolist()
                == exact([NLP("international president")]).ids.tolist()
            )
    assert tokenizer.model.dropout == pytest.approx(0.9)  # the caller's own tokenizer is left alone


def test_the_tokenizer_itself_is_left_alone():
    tokenizer = Tokenizer(models.WordLevel({"[UNK]": 0, "[SEP]": 1, "a": 2}, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.WhitespaceSplit()
    tokenizer.add_special_tokens(["[SEP]"])
    tokenizer.enable_truncation(2)
    tokenizer.enable_padding(length=8)
    before = tokenizer.to_str()
    plain = plain_text_copy(tokenizer)
    assert plain.encode("a [SEP] a a").ids == [2, 0, 2, 2]
    assert tokenizer.to_str() == before
    assert tokenizer.encode("a [SEP] a").ids[:2] == [2, 1]


def test_markers_are_read_if_they_are_ordinary_added_pieces(checkpoints, tmp_path):
    """As they come back from a saved checkpoint; `additional_special_tokens` are special, and not read."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoints["bert"])
    tokenizer.add_tokens(["[E1]"])
    tokenizer.add_special_tokens({"additional_special_tokens": ["[E2]"]})
    tokenizer.save_pretrained(tmp_path)
    loaded = AutoTokenizer.from_pretrained(tmp_path)
    ordinary, special = loaded.convert_tokens_to_ids(["[E1]", "[E2]"])
    for tokenize in both(loaded.backend_tokenizer, special=loaded.all_special_tokens):
        ids = tokenize([Doc(NLP.vocab, words=["[E1]", "[E2]"])]).ids.tolist()
        assert ids[0] == ordinary and special not in ids
