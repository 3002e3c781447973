"""Pieces must be those of the checkpoint's own fast tokenizer on the text as it stands, whatever the text is."""

import pickle

import pytest
import spacy
from hypothesis import given
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc
from spacy.vocab import Vocab
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from spacy_bert_ext.huggingface.loading import load_checkpoint
from spacy_bert_ext.pieces.from_text import TextTokenizer
from spacy_bert_ext.pieces.plain_text import plain_text_copy
from tests.built import build
from tests.checkpoints.classifiers import CLASSIFIER_TOKENIZERS
from tests.coded import raises_code
from tests.tiny import TEXT, make_encoder

KINDS = ("bert", "roberta", "modernbert", "xlm-roberta", "deberta-v2")


@pytest.fixture(scope="module")
def fast_tokenizers() -> dict[str, PreTrainedTokenizerFast]:
    return {kind: CLASSIFIER_TOKENIZERS[kind]() for kind in KINDS}


@pytest.fixture(scope="module")
def english() -> Language:
    return spacy.blank("en")


@pytest.fixture(params=KINDS)
def fast_tokenizer(request, fast_tokenizers) -> PreTrainedTokenizerFast:
    return fast_tokenizers[request.param]


def expected_pieces(fast_tokenizer: PreTrainedTokenizerFast, text: str) -> list[int]:
    """Unigram's vocabulary holds the special pieces, which it makes of texts in spite of `split_special_tokens`."""
    ids = fast_tokenizer(text, add_special_tokens=False, split_special_tokens=True)["input_ids"]
    spelled = set(ids) & set(fast_tokenizer.all_special_ids) - {fast_tokenizer.unk_token_id}
    return (
        plain_text_copy(fast_tokenizer.backend_tokenizer).encode(text, add_special_tokens=False).ids if spelled else ids
    )


def check(fast_tokenizer: PreTrainedTokenizerFast, docs: list[Doc]) -> None:
    pieces = TextTokenizer(fast_tokenizer.backend_tokenizer)(docs)
    expected = [expected_pieces(fast_tokenizer, doc.text) for doc in docs]
    assert pieces.ids.tolist() == [piece for one in expected for piece in one]
    assert pieces.per_doc.tolist() == [len(one) for one in expected]
    assert pieces.tokens_per_doc.tolist() == [len(doc) for doc in docs]
    assert len(pieces.per_token) == len(pieces.taggable) == sum(len(doc) for doc in docs)
    assert pieces.per_token.sum() == len(pieces.ids)
    taggable = [token.i for token in docs[0] if pieces.taggable[token.i]]
    assert all(pieces.per_token[i] and not docs[0][i].is_space for i in taggable)


@pytest.mark.parametrize("kind", KINDS)
@given(text=st.text(st.characters(exclude_categories=["Cs"]), max_size=40))
def test_any_text_gets_the_pieces_of_the_fast_tokenizer(fast_tokenizers, english, kind, text):
    check(fast_tokenizers[kind], [english(text), english("the " + text + " of"), english("")])


def test_texts_get_the_pieces_of_the_fast_tokenizer(fast_tokenizer, awkward_docs):
    check(fast_tokenizer, awkward_docs)
    nlp = spacy.blank("en")
    check(fast_tokenizer, [nlp(line) for line in TEXT.splitlines()])
    check(fast_tokenizer, [nlp(TEXT)])


def pieces_of(fast_tokenizer: PreTrainedTokenizerFast, doc: Doc) -> list[list[str]]:
    """Of each token."""
    pieces = TextTokenizer(fast_tokenizer.backend_tokenizer)([doc])
    names = iter(fast_tokenizer.convert_ids_to_tokens(pieces.ids.tolist()))
    return [[next(names) for _ in range(count)] for count in pieces.per_token.tolist()]


def test_a_piece_belongs_to_the_token_in_which_it_begins(fast_tokenizers):
    words = ["  ", "th", "e", "price", ",", "unof", "\n", "the"]
    spaces = [False, False, True, False, True, False, False, False]
    doc = Doc(Vocab(), words=words, spaces=spaces)
    assert doc.text == "  the price, unof\nthe"
    bert = pieces_of(fast_tokenizers["bert"], doc)
    assert bert[:5] == [[], ["the"], [], ["pri", "##ce"], [","]]
    assert bert[5][0].startswith("un") and len(bert[5]) > 1
    assert bert[6:] == [[], ["the"]]
    roberta = pieces_of(fast_tokenizers["roberta"], doc)
    assert roberta[0] == ["Ġ"]  # of two spaces, one is the word's
    assert roberta[1] == ["Ġthe"]
    assert roberta[6:] == [["Ċ"], ["t", "he"]]


def test_a_space_stands_only_where_the_text_has_one(fast_tokenizers):
    doc = spacy.blank("en")("The price, please")
    first = [pieces[0] for pieces in pieces_of(fast_tokenizers["roberta"], doc)]
    assert [piece.startswith("Ġ") for piece in first] == [False, True, False, True]


def test_copies_give_the_same(fast_tokenizer):
    docs = [spacy.blank("en")("He didn't know.")]
    tokenize = TextTokenizer(fast_tokenizer.backend_tokenizer)
    assert pickle.loads(pickle.dumps(tokenize))(docs).ids.tolist() == tokenize(docs).ids.tolist()


@pytest.mark.parametrize("kind", ["bert", "roberta", "modernbert"])
def test_the_encoder_is_given_what_transformers_would_be(checkpoints, kind):
    model = make_encoder(checkpoints[kind], pieces_from="text")
    shim = model.shims[0]
    doc = spacy.blank("en")("He didn't know, did he?")
    expected = AutoTokenizer.from_pretrained(checkpoints[kind])(doc.text)["input_ids"]
    assert [
        *shim.loaded.special.before,
        *shim.loaded.tokenize([doc]).ids.tolist(),
        *shim.loaded.special.after,
    ] == expected


def test_the_tokenizer_is_saved_as_it_came(checkpoints, tmp_path):
    text = "The price, please"
    for _ in range(2):
        checkpoint = load_checkpoint(checkpoints["roberta"], pieces_from="text")
        checkpoint.save(tmp_path)
        saved = AutoTokenizer.from_pretrained(tmp_path)
        assert saved.tokenize(text) == AutoTokenizer.from_pretrained(checkpoints["roberta"]).tokenize(text)


def test_an_unknown_source_of_pieces_is_refused():
    with raises_code("B010"):
        build("BertEncoder", name="x", pieces_from="characters")
