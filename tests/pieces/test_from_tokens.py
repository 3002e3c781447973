"""Pieces must be those of the checkpoint's own fast tokenizer on pre-split words, whatever the words are."""

import pickle
import random
import threading

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from spacy.tokens import Doc
from spacy.vocab import Vocab
from tokenizers import Tokenizer
from transformers import AutoTokenizer, PreTrainedTokenizerFast

from spacy_bert_ext.pieces.byte_level import add_prefix_space
from spacy_bert_ext.pieces.from_tokens import PieceTokenizer
from tests.tiny import KINDS, TEXT, make_awkward_docs

LOOK_ALIKES = [
    *("[SEP]", "[CLS]", "[PAD]", "[MASK]", "[UNK]", "<s>", "</s>", "<pad>", "<mask>", "<unk>", "|||IP_ADDRESS|||"),
    *("a[SEP]b", "[MASK]s", " <mask>", "</s></s>", "[sep]", "##ing", "Ġthe", "▁a", "Ċ", "x  y", "    z"),
]
BLANKS = [" ", "  ", "    ", "\n", "\n\n", "\t", "\r\n", "\u00a0", "\u2003", "\u3000", "\u2028", "\x85", "\x1c"]
BLOCKS = [
    *((0x00, 0x20), (0x20, 0x7F), (0x7F, 0x100), (0x100, 0x250), (0x300, 0x370), (0x370, 0x530), (0x590, 0x700)),
    *((0x900, 0xA00), (0x1100, 0x1200), (0x2000, 0x2070), (0x3040, 0x3100), (0x4E00, 0x5000), (0xAC00, 0xAD00)),
    *((0xE000, 0xE100), (0xFB00, 0xFB50), (0xFE00, 0xFE10), (0xFFF0, 0x10000), (0x1D400, 0x1D500)),
    *((0x1F300, 0x1F650), (0x20000, 0x20100), (0xE0000, 0xE0080), (0x10FF00, 0x110000)),
]


@pytest.fixture(scope="module")
def fast_tokenizers(checkpoints) -> dict[str, PreTrainedTokenizerFast]:
    """By kind; those of byte-level BPE are told that a space precedes each word."""
    tokenizers = {}
    for kind, folder in checkpoints.items():
        options = {"add_prefix_space": True} if kind in ("roberta", "modernbert") else {}
        tokenizers[kind] = AutoTokenizer.from_pretrained(folder, **options)
        if options:  # which transformers 5 ignores for modernbert
            add_prefix_space(tokenizers[kind].backend_tokenizer)
    return tokenizers


@pytest.fixture(params=KINDS)
def fast_tokenizer(request, fast_tokenizers) -> PreTrainedTokenizerFast:
    return fast_tokenizers[request.param]


def expected_pieces(fast_tokenizer: PreTrainedTokenizerFast, words: list[str]) -> tuple[list[int], list[int]]:
    """Ids, and how many each word has."""
    if not words:
        return [], []
    encoding = fast_tokenizer(words, is_split_into_words=True, add_special_tokens=False, split_special_tokens=True)
    owners = encoding.word_ids()
    return encoding["input_ids"], [owners.count(i) for i in range(len(words))]


def check(tokenize: PieceTokenizer, fast_tokenizer: PreTrainedTokenizerFast, docs: list[Doc]) -> None:
    pieces = tokenize(docs)
    expected = [expected_pieces(fast_tokenizer, [token.text for token in doc]) for doc in docs]
    assert pieces.ids.tolist() == [piece for ids, _ in expected for piece in ids]
    assert pieces.per_token.tolist() == [count for _, counts in expected for count in counts]
    assert pieces.per_doc.tolist() == [len(ids) for ids, _ in expected]
    assert pieces.tokens_per_doc.tolist() == [len(doc) for doc in docs]


def wild_word(rng: random.Random) -> str:
    kind = rng.random()
    if kind < 0.25:
        return rng.choice(TEXT.split())
    if kind < 0.35:
        return rng.choice(LOOK_ALIKES)
    if kind < 0.45:
        return rng.choice(BLANKS)
    if kind < 0.47:
        return rng.choice(["unbelievable", "é", "東", "ab ", "9"]) * rng.randrange(20, 400)
    low, high = rng.choice(BLOCKS)
    word = "".join(chr(rng.randrange(low, high)) for _ in range(rng.randrange(1, 8)))
    return word + rng.choice(["", "", "a", " ", "\u0301", "."])


def test_wild_texts_get_the_pieces_of_the_fast_tokenizer(fast_tokenizer):
    rng = random.Random(1)
    vocab = Vocab()
    docs = [Doc(vocab, words=[wild_word(rng) for _ in range(rng.randrange(12))]) for _ in range(1000)]
    tokenize = PieceTokenizer(fast_tokenizer.backend_tokenizer)
    for start in range(0, len(docs), 100):
        check(tokenize, fast_tokenizer, docs[start : start + 100])


@pytest.mark.parametrize("kind", KINDS)
@given(words=st.lists(st.text(st.characters(exclude_categories=["Cs"]), min_size=1), max_size=6))
def test_any_words_get_the_pieces_of_the_fast_tokenizer(fast_tokenizers, kind, words):
    fast_tokenizer = fast_tokenizers[kind]
    check(PieceTokenizer(fast_tokenizer.backend_tokenizer), fast_tokenizer, [Doc(Vocab(), words=words)])


def test_awkward_docs_get_the_pieces_of_the_fast_tokenizer(fast_tokenizer, awkward_docs):
    check(PieceTokenizer(fast_tokenizer.backend_tokenizer), fast_tokenizer, awkward_docs)


def test_words_that_look_like_special_pieces_are_words(fast_tokenizers):
    bert = fast_tokenizers["bert"]
    pieces = PieceTokenizer(bert.backend_tokenizer)([Doc(Vocab(), words=["the", "[SEP]", "price"])])
    assert bert.convert_ids_to_tokens(pieces.ids.tolist())[1:3] == ["[UNK]", "se"]  # "[" is none of its pieces
    roberta = fast_tokenizers["roberta"]
    pieces = PieceTokenizer(roberta.backend_tokenizer)([Doc(Vocab(), words=["the", "</s>"])])
    assert roberta.convert_ids_to_tokens(pieces.ids.tolist()) == ["Ġthe", "Ġ", "<", "/", "s", ">"]


def test_pieces_do_not_depend_on_neighbours_or_on_earlier_calls(fast_tokenizer):
    vocab = Vocab()
    tokenize = PieceTokenizer(fast_tokenizer.backend_tokenizer)
    alone = {word: tokenize([Doc(vocab, words=[word])]).ids.tolist() for word in ("the", "untranslatable", "[SEP]")}
    together = tokenize([Doc(vocab, words=["[SEP]", "untranslatable", "the"])])
    assert together.ids.tolist() == alone["[SEP]"] + alone["untranslatable"] + alone["the"]


def test_wordpiece_gives_nothing_for_blank_and_control_tokens(fast_tokenizers):
    doc = Doc(Vocab(), words=[" ", "the", "\n\n", "\x07", "of", "\u200b", " "])
    pieces = PieceTokenizer(fast_tokenizers["bert"].backend_tokenizer)([doc])
    assert pieces.per_token.tolist() == [0, 1, 0, 0, 1, 0, 0]
    assert pieces.taggable.tolist() == [False, True, False, False, True, False, False]
    assert pieces.per_doc.tolist() == [2]


def test_byte_level_gives_pieces_for_blank_tokens_that_are_not_readable(fast_tokenizers):
    doc = Doc(Vocab(), words=[" ", "the", "\n\n", "\x07", "price"])
    pieces = PieceTokenizer(fast_tokenizers["roberta"].backend_tokenizer)([doc])
    assert (pieces.per_token > 0).all()
    assert pieces.taggable.tolist() == [False, True, False, True, True]


@pytest.mark.parametrize("n_docs", [0, 1, 3])
def test_docs_without_tokens_have_no_pieces(fast_tokenizer, n_docs):
    pieces = PieceTokenizer(fast_tokenizer.backend_tokenizer)([Doc(Vocab()) for _ in range(n_docs)])
    assert pieces.ids.tolist() == pieces.per_token.tolist() == pieces.taggable.tolist() == []
    assert pieces.per_doc.tolist() == pieces.tokens_per_doc.tolist() == [0] * n_docs


def test_a_tokenizer_with_truncation_and_padding_cuts_and_pads_nothing(fast_tokenizers):
    backend = Tokenizer.from_str(fast_tokenizers["bert"].backend_tokenizer.to_str())
    backend.enable_truncation(4)
    backend.enable_padding(length=16)
    pieces = PieceTokenizer(backend)([Doc(Vocab(), words=list("abcdef"))])
    assert pieces.per_token.tolist() == [1] * 6
    assert len(pieces.ids) == 6
    assert backend.truncation["max_length"] == 4  # the caller's own tokenizer is left alone


def test_known_texts_are_looked_up_once(fast_tokenizers):
    tokenize = PieceTokenizer(fast_tokenizers["bert"].backend_tokenizer)
    vocab = Vocab()
    tokenize([Doc(vocab, words=["the", "price", "the"])])
    assert tokenize.n_known_texts == 2
    tokenize([Doc(vocab, words=["price", "of", "the"])])
    assert tokenize.n_known_texts == 3


@pytest.mark.parametrize("max_texts", [1, 3, 10])
def test_a_full_table_starts_anew_and_pieces_stay_right(fast_tokenizer, max_texts):
    rng = random.Random(2)
    vocab = Vocab()
    tokenize = PieceTokenizer(fast_tokenizer.backend_tokenizer, max_texts=max_texts)
    for _ in range(50):
        docs = [Doc(vocab, words=[wild_word(rng) for _ in range(rng.randrange(1, 8))]) for _ in range(2)]
        check(tokenize, fast_tokenizer, docs)
        # One call may need more texts than fit; they are kept until the next.
        assert tokenize.n_known_texts <= max(max_texts, len({token.text for doc in docs for token in doc}))


def test_a_table_of_too_many_pieces_starts_anew(fast_tokenizer, monkeypatch):
    monkeypatch.setattr("spacy_bert_ext.pieces.from_tokens.MAX_TABLE_PIECES", 3)
    vocab, tokenize = Vocab(), PieceTokenizer(fast_tokenizer.backend_tokenizer)
    for words in (["the price of gas"], ["the"], ["price"]):
        docs = [Doc(vocab, words=words)]
        expected = fast_tokenizer(words, is_split_into_words=True, add_special_tokens=False)["input_ids"]
        assert tokenize(docs).ids.tolist() == expected
    assert tokenize.n_known_texts == 2


def test_docs_of_several_vocabs_in_one_call(fast_tokenizer):
    docs = [Doc(Vocab(), words=words) for words in (["Berlin", "the"], ["price", "Zürich"], ["the", "東京", "of"])]
    check(PieceTokenizer(fast_tokenizer.backend_tokenizer), fast_tokenizer, docs)
    check(PieceTokenizer(fast_tokenizer.backend_tokenizer), fast_tokenizer, docs[::-1])


def test_a_pickled_tokenizer_gives_the_same_pieces(fast_tokenizer):
    vocab = Vocab()
    docs = make_awkward_docs(vocab)
    tokenize = PieceTokenizer(fast_tokenizer.backend_tokenizer, max_texts=7)
    before = tokenize(docs)
    copied = pickle.loads(pickle.dumps(tokenize))
    assert copied.n_known_texts == 0
    for left, right in zip(before, copied(docs)):
        assert np.array_equal(left, right)
    copied([Doc(vocab, words=["the"])])
    assert copied.n_known_texts == 1  # max_texts came along: the full table started anew


def test_threads_that_share_a_tokenizer_get_right_pieces(fast_tokenizer):
    rng = random.Random(3)
    vocab = Vocab()
    n_threads = 8
    all_docs = [[Doc(vocab, words=[wild_word(rng) for _ in range(6)]) for _ in range(40)] for _ in range(n_threads)]
    tokenize = PieceTokenizer(fast_tokenizer.backend_tokenizer, max_texts=30)
    expected = [[expected_pieces(fast_tokenizer, [t.text for t in doc])[0] for doc in docs] for docs in all_docs]
    found: dict[int, list] = {}
    barrier = threading.Barrier(n_threads)

    def work(i: int) -> None:
        barrier.wait()
        found[i] = [tokenize([doc]).ids.tolist() for doc in all_docs[i]]

    threads = [threading.Thread(target=work, args=(i,)) for i in range(n_threads)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert [found.get(i) for i in range(n_threads)] == expected


def test_texts_that_are_symbols_of_spacy(fast_tokenizer):
    """Their keys are small numbers, which every vocabulary knows."""
    doc = Doc(Vocab(), words=["NOUN", "ORTH", "nsubj", "PERSON", "IS_ALPHA", "the"])
    check(PieceTokenizer(fast_tokenizer.backend_tokenizer), fast_tokenizer, [doc])
    check(PieceTokenizer(fast_tokenizer.backend_tokenizer), fast_tokenizer, [Doc(Vocab(), words=["the"]), doc])
