"""Vectors must be those of transformers' AutoModel on the same pieces, however Docs are cut and batched."""

import numpy as np
import pytest
import torch
from spacy.tokens import Doc
from spacy.vocab import Vocab
from torch import Tensor
from transformers import AutoModel, AutoTokenizer, PreTrainedModel

from spacy_bert_ext import with_context
from spacy_bert_ext.encoder.model import (
    EncoderModel,
    bert_encoder,
    encode_docs,
    max_batch_pieces_of,
    set_max_batch_pieces,
)
from spacy_bert_ext.encoder.output import EncodedDocs, EncodedLongDoc
from spacy_bert_ext.encoder.plan import plan_docs
from spacy_bert_ext.encoder.predict import predict
from spacy_bert_ext.encoder.train import encode_with_gradients
from spacy_bert_ext.heads.pooling import DOC_POOLINGS, pool_docs, pool_long_doc
from spacy_bert_ext.pieces.byte_level import add_prefix_space
from tests.tiny import N_LAYERS, TEXT, WIDTH, encoder_settings, make_docs, make_encoder, without_dropout

SENTENCES = TEXT.strip().splitlines()


class Peer:
    """transformers alone."""

    def __init__(self, folder: str) -> None:
        self.model: PreTrainedModel = AutoModel.from_pretrained(folder).eval()
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        if self.model.config.model_type in ("roberta", "modernbert"):
            self.tokenizer = AutoTokenizer.from_pretrained(folder, add_prefix_space=True)
            add_prefix_space(self.tokenizer.backend_tokenizer)  # which transformers 5 ignores for modernbert

    def pieces(self, doc: Doc) -> list[int]:
        words = [token.text for token in doc]
        options = {"is_split_into_words": True, "add_special_tokens": False, "split_special_tokens": True}
        return self.tokenizer(words, **options).input_ids if words else []

    @torch.no_grad()
    def hidden(self, pieces: list[int]) -> Tensor:
        """Hidden states of one window, special pieces included: (n_pieces + 2, width)."""
        ids = [self.tokenizer.cls_token_id, *pieces, self.tokenizer.sep_token_id]
        return self.model(torch.tensor([ids]), attention_mask=torch.ones(1, len(ids))).last_hidden_state[0]


def check(encoded: EncodedDocs, peer: Peer, docs: list[Doc]) -> None:
    """Of Docs that fit into one window each."""
    expected = [peer.hidden(peer.pieces(doc)) for doc in docs]
    assert encoded.piece_vectors.dtype == encoded.window_vectors.dtype == torch.float32
    torch.testing.assert_close(encoded.piece_vectors, torch.cat([h[1:-1] for h in expected]), atol=1e-5, rtol=0)
    torch.testing.assert_close(encoded.window_vectors, torch.stack([h[0] for h in expected]), atol=1e-5, rtol=0)


def test_one_window_has_the_hidden_states_of_automodel(any_folder):
    docs = make_docs(SENTENCES[0])
    encoded = make_encoder(any_folder).predict(docs)
    check(encoded, Peer(any_folder), docs)
    assert encoded.piece_vectors.std(0).min() > 0.1  # the comparison means something


@pytest.mark.parametrize("max_batch_pieces", [1, 100, 8192])
def test_a_batch_of_differing_lengths_has_the_hidden_states_of_automodel(any_folder, max_batch_pieces):
    docs = make_docs("Berlin", SENTENCES[0], "", "What is the weather ?", SENTENCES[4], "the")
    docs.append(Doc(docs[0].vocab, words=[" "]))
    model = make_encoder(any_folder)
    set_max_batch_pieces(model, max_batch_pieces)
    encoded = model.predict(docs)
    check(encoded, Peer(any_folder), docs)
    assert encoded.windows_per_doc.tolist() == [1] * 7
    assert max_batch_pieces_of(model) == max_batch_pieces


def test_training_without_dropout_gives_the_hidden_states_of_automodel(any_folder):
    docs = make_docs("Berlin", SENTENCES[0], "", "What is the weather ?")
    model = make_encoder(any_folder)
    without_dropout(model)
    encoded, _ = model.begin_update(docs)
    check(encoded, Peer(any_folder), docs)


def test_awkward_docs_have_the_hidden_states_of_automodel(any_folder, awkward_docs):
    peer = Peer(any_folder)
    short = [doc for doc in awkward_docs if len(doc.text) < 100]
    assert len(short) == len(awkward_docs) - 1
    check(make_encoder(any_folder).predict(short), peer, short)


def test_no_docs_give_no_vectors(bert_folder):
    model = make_encoder(bert_folder)
    for encoded in (model.predict([]), model.begin_update([])[0]):
        assert encoded.piece_vectors.shape == encoded.window_vectors.shape == (0, WIDTH)
        assert encoded.n_docs == 0


def test_vectors_of_a_long_doc_come_from_the_windows_that_own_them(any_folder):
    """The windows are made by hand: 22 pieces each, 6 of them shared; each token is one piece.

    start      0        16        32 ...
    see        0-21     16-37     32-53 ...
    own        0-18     19-34     35-50 ...     from the middle of the overlap on
    """
    peer = Peer(any_folder)
    doc = Doc(Vocab(), words=one_piece_words(peer, 100))
    pieces = peer.pieces(doc)
    starts = [0, 16, 32, 48, 64, 80]
    hidden = [peer.hidden(pieces[start : start + 22]) for start in starts]
    expected = [hidden[0][1 : 1 + 19]]
    for states in hidden[1:-1]:
        expected.append(states[1 + 3 : 1 + 19])
    expected.append(hidden[-1][1 + 3 : -1])
    encoded = make_encoder(any_folder, window_pieces=24, overlap_pieces=6).predict([*make_docs("the of"), doc])
    of_doc = encoded.select(1, 2)
    assert of_doc.windows_per_doc.tolist() == [6]
    assert of_doc.pieces_per_window.tolist() == [19, 16, 16, 16, 16, 17]
    torch.testing.assert_close(of_doc.piece_vectors, torch.cat(expected), atol=1e-5, rtol=0)
    torch.testing.assert_close(of_doc.window_vectors, torch.stack([h[0] for h in hidden]), atol=1e-5, rtol=0)


def one_piece_words(peer: Peer, n_words: int) -> list[str]:
    vocab = Vocab()
    words = [word for word in dict.fromkeys(TEXT.split()) if len(peer.pieces(Doc(vocab, words=[word]))) == 1]
    assert len(words) > 20
    return [words[i * i % len(words)] for i in range(n_words)]


def test_a_token_longer_than_a_window_is_encoded_in_parts(roberta_folder):
    peer = Peer(roberta_folder)
    doc = make_docs("x" + "9876543210" * 5)[0]
    pieces = peer.pieces(doc)
    assert 42 < len(pieces) <= 63
    encoded = make_encoder(roberta_folder, window_pieces=23, overlap_pieces=0).predict([doc])
    parts = [pieces[:21], pieces[21:42], pieces[42:]]
    expected = torch.cat([peer.hidden(part)[1:-1] for part in parts])
    torch.testing.assert_close(encoded.piece_vectors, expected, atol=1e-5, rtol=0)


def test_batches_are_padded_with_the_checkpoints_own_piece(any_folder):
    model = make_encoder(any_folder)
    shim = model.shims[0]
    tokenizer = shim.checkpoint.tokenizer
    batches = plan_docs(shim, make_docs("the of", "the"))
    batch = batches.make(np.array([0, 1]))
    the, of = shim.loaded.tokenize(make_docs("the of")).ids
    first, last, pad = tokenizer.cls_token_id, tokenizer.sep_token_id, tokenizer.pad_token_id
    assert batch.ids.tolist() == [[first, the, of, last], [first, the, last, pad]]
    assert batch.mask.tolist() == [[1, 1, 1, 1], [1, 1, 1, 0]]
    assert batch.sources.tolist() == [1, 2, 5]
    assert batch.targets.tolist() == [0, 1, 2]


def test_padding_never_changes_vectors(any_folder):
    docs = make_docs("Berlin", *SENTENCES[:6])
    model = make_encoder(any_folder)
    together = model.predict(docs)
    for i, doc in enumerate(docs):
        alone = model.predict([doc])
        torch.testing.assert_close(together.select(i, i + 1).piece_vectors, alone.piece_vectors, atol=1e-5, rtol=0)


# Gradients


def loss_of(encoded: EncodedDocs) -> Tensor:
    weights = torch.linspace(-1, 1, WIDTH)
    return (encoded.piece_vectors * weights).pow(2).sum() + (encoded.window_vectors * weights).sum()


def gradients(model: EncoderModel, docs: list[Doc]) -> dict[str, Tensor]:
    encoded, backprop = model.begin_update(docs)
    loss_of(encoded).backward()
    backprop(None)
    named = dict(model.shims[0].module.named_parameters())
    found = {name: weight.grad for name, weight in named.items() if weight.grad is not None}
    for weight in named.values():
        weight.grad = None
    return found


def test_gradients_are_those_of_automodel(any_folder):
    docs = make_docs(SENTENCES[0], "Berlin")
    model = make_encoder(any_folder)
    without_dropout(model)
    found = gradients(model, docs)
    peer = Peer(any_folder)
    loss = torch.zeros(())
    weights = torch.linspace(-1, 1, WIDTH)
    for doc in docs:
        ids = [peer.tokenizer.cls_token_id, *peer.pieces(doc), peer.tokenizer.sep_token_id]
        states = peer.model(torch.tensor([ids])).last_hidden_state[0]
        loss = loss + (states[1:-1] * weights).pow(2).sum() + (states[0] * weights).sum()
    loss.backward()
    expected = {name: weight.grad for name, weight in peer.model.named_parameters() if weight.grad is not None}
    expected = {name: gradient for name, gradient in expected.items() if not name.startswith("pooler.")}
    assert found.keys() == expected.keys()
    for name, gradient in expected.items():
        torch.testing.assert_close(found[name], gradient, atol=1e-4, rtol=1e-3, msg=name)


def test_gradients_of_windows_alone_reach_the_weights(bert_folder):
    model = make_encoder(bert_folder)
    encoded, backprop = model.begin_update(make_docs("Berlin", "the"))
    encoded.window_vectors.sum().backward()
    backprop(None)
    assert all(weight.grad is not None for name, weight in trainable(model).items() if "pooler" not in name)


def test_backprop_without_a_gradient_leaves_none(bert_folder):
    model = make_encoder(bert_folder)
    _, backprop = model.begin_update(make_docs("Berlin"))
    backprop(None)
    assert all(weight.grad is None for weight in trainable(model).values())


def test_a_batch_without_pieces_can_be_trained_on(any_folder):
    model = make_encoder(any_folder)
    encoded, backprop = model.begin_update(make_docs("", ""))
    assert encoded.piece_vectors.shape == (0, WIDTH)
    (encoded.window_vectors.sum() + encoded.piece_vectors.sum()).backward()
    backprop(None)


def trainable(model: EncoderModel) -> dict[str, Tensor]:
    return dict(model.shims[0].trainable_parameters())


FIRST_LAYER = {
    "bert": "encoder.layer.0.",
    "roberta": "encoder.layer.0.",
    "distilbert": "transformer.layer.0.",
    "modernbert": "layers.0.",
}


@pytest.mark.parametrize("kind", FIRST_LAYER)
@pytest.mark.parametrize("freeze", ["none", "embeddings", 0, 1])
def test_frozen_parts_get_no_gradients_and_the_others_do(checkpoints, kind, freeze):
    model = make_encoder(checkpoints[kind], freeze=freeze)
    frozen = {"none": (), "embeddings": ("embeddings.",), 0: ("embeddings.",), 1: ("embeddings.", FIRST_LAYER[kind])}
    # The pooler takes no part: heads have poolings of their own.
    names = [name for name, _ in model.shims[0].module.named_parameters() if not name.startswith("pooler.")]
    expected = {name for name in names if not name.startswith(frozen[freeze])}
    assert (expected < set(names)) == (freeze != "none")
    assert gradients(model, make_docs(SENTENCES[0])).keys() == expected


def test_freezing_all_layers_freezes_all_but_what_follows_them(any_folder):
    model = make_encoder(any_folder, freeze=N_LAYERS)
    assert all(name.startswith("final_norm.") for name in trainable(model))
    encoded, backprop = model.begin_update(make_docs(SENTENCES[0]))
    assert encoded.piece_vectors.requires_grad == bool(trainable(model))
    if trainable(model):
        loss_of(encoded).backward()
    backprop(None)
    assert all(weight.grad is not None for weight in trainable(model).values())


def test_a_wholly_frozen_encoder_gets_no_gradients_and_has_no_dropout(any_folder):
    model = make_encoder(any_folder, freeze="all")
    docs = make_docs(SENTENCES[0])
    assert not trainable(model)
    encoded, backprop = model.begin_update(docs)
    assert not encoded.piece_vectors.requires_grad
    assert backprop(None) == []
    check(encoded, Peer(any_folder), docs)


@pytest.mark.parametrize("freeze", [3, -1, "embedding", "2"])
def test_unknown_values_of_freeze_are_refused(bert_folder, freeze):
    with pytest.raises(ValueError, match=r"B010.*`freeze`.*from 0 to 2"):
        make_encoder(bert_folder, freeze=freeze)


def test_gradient_checkpointing_computes_layers_twice_and_gives_the_same_gradients(any_folder):
    docs = make_docs(SENTENCES[0], "Berlin")
    found, calls = [], []
    for checkpointing in (False, True):
        model = make_encoder(any_folder, gradient_checkpointing=checkpointing)
        layers = next(m for m in model.shims[0].module.modules() if isinstance(m, torch.nn.ModuleList))
        count = []
        attention = next(iter(layers[0].children()))
        attention.register_forward_pre_hook(lambda *_, count=count: count.append(1))
        torch.manual_seed(1)
        found.append(gradients(model, docs))
        calls.append(len(count))
    assert calls[1] == 2 * calls[0] > 0
    assert found[0].keys() == found[1].keys()
    for name, gradient in found[0].items():
        torch.testing.assert_close(found[1][name], gradient, atol=1e-5, rtol=1e-5, msg=name)


# Out of memory


class Limited(torch.nn.Module):
    """A module whose device has room for so many padded pieces."""

    def __init__(self, module: torch.nn.Module, limit: int, error: Exception) -> None:
        super().__init__()
        self.module = module
        self.limit = limit
        self.error = error

    def forward(self, input_ids: Tensor, attention_mask: Tensor):
        if input_ids.numel() > self.limit:
            raise self.error
        return self.module(input_ids=input_ids, attention_mask=attention_mask)


MESSAGES = ["DefaultCPUAllocator: can't allocate memory", "MPS backend out of memory"]
ERRORS = [torch.OutOfMemoryError("Tried to allocate too much"), *map(RuntimeError, MESSAGES)]


def limit_memory(model: EncoderModel, limit: int, error: Exception = ERRORS[0]) -> None:
    shim = model.shims[0]
    shim.module = Limited(shim.module, limit, error)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("error", ERRORS)
def test_out_of_memory_halves_batches_and_gives_the_same_vectors(bert_folder, error):
    docs = make_docs(*["the of and the"] * 10)  # 6 pieces each, special ones included
    model = make_encoder(bert_folder)
    set_max_batch_pieces(model, 60)
    expected = model.predict(docs)
    limit_memory(model, 18, error)
    # 60 and 30 are too many, 15 takes two windows at a time.
    with pytest.warns(UserWarning, match=r"B102.*batches of 60 padded pieces: going on with 15") as warned:
        found = model.predict(docs)
    assert len(warned) == 1
    torch.testing.assert_close(found.piece_vectors, expected.piece_vectors, atol=1e-5, rtol=0)
    torch.testing.assert_close(found.window_vectors, expected.window_vectors, atol=1e-5, rtol=0)
    assert max_batch_pieces_of(model) == 15
    model.predict(docs)  # remembered: no more warnings


@pytest.mark.parametrize("error", ERRORS)
def test_a_window_that_does_not_fit_alone_raises(bert_folder, error):
    model = make_encoder(bert_folder)
    limit_memory(model, 5, error)
    with pytest.raises(torch.OutOfMemoryError, match=r"B111.*cpu.*window of 6 pieces.*`window_pieces`"):
        model.predict(make_docs("the of and the"))


@pytest.mark.parametrize("error", ERRORS)
def test_out_of_memory_in_training_says_what_to_change(bert_folder, error):
    model = make_encoder(bert_folder)
    limit_memory(model, 17, error)
    with pytest.raises(torch.OutOfMemoryError, match=r"B028.*18 padded pieces.*max_batch_pieces"):
        model.begin_update(make_docs(*["the of and the"] * 3))


def test_out_of_memory_on_the_way_back_says_what_to_change(bert_folder):
    model = make_encoder(bert_folder)
    encoded, backprop = model.begin_update(make_docs("the of and the"))
    loss_of(encoded).backward()

    def run_out(*_: Tensor) -> None:
        raise RuntimeError("MPS backend out of memory")

    model.shims[0].module.get_input_embeddings().weight.register_hook(run_out)
    with pytest.raises(torch.OutOfMemoryError, match=r"B028.*max_batch_pieces"):
        backprop(None)


def test_other_errors_of_a_module_are_not_taken_for_it(bert_folder):
    model = make_encoder(bert_folder)
    limit_memory(model, 5, RuntimeError("something else"))
    with pytest.raises(RuntimeError, match="something else"):
        model.predict(make_docs("the of and the"))


def test_a_model_without_weights_says_so(bert_folder):
    with pytest.raises(ValueError, match="B021"):
        bert_encoder(encoder_settings(bert_folder)).predict(make_docs("the"))


def test_encode_leaves_the_budget_that_fitted(bert_folder):
    model = make_encoder(bert_folder)
    shim = model.shims[0]
    told = []
    encoded = predict(shim, plan_docs(shim, make_docs("the of")), max_batch_pieces=77, remember=told.append)
    assert told == []
    assert not encoded.piece_vectors.requires_grad
    assert encode_with_gradients(
        shim, plan_docs(shim, make_docs("the of")), max_batch_pieces=77
    ).piece_vectors.requires_grad


def test_an_architecture_without_gradient_checkpointing_is_named(bert_folder, monkeypatch):
    def refuse(*_, **__):
        raise ValueError("BertModel does not support gradient checkpointing.")

    monkeypatch.setattr("transformers.BertModel.gradient_checkpointing_enable", refuse)
    with pytest.raises(ValueError, match=r"B013.*BertModel"):
        make_encoder(bert_folder, gradient_checkpointing=True)


# A Doc of so many pieces that its vectors are not held


LONG_WORDS = [
    *["the", "president", "of", "Germany", "met", "the", "\n", "chancellor", "in", "Berlin"],
    "",
    " ",
    "unbelievableness",
] * 40


@pytest.fixture
def in_parts(monkeypatch):
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 0)
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.PART_PIECES", 70)


def test_parts_of_a_long_doc_have_the_vectors_of_the_whole(any_folder, in_parts, monkeypatch):
    model = make_encoder(any_folder, window_pieces=24, overlap_pieces=8)
    doc = Doc(Vocab(), words=[word for word in LONG_WORDS if word])
    parts = list(model.predict([doc]).parts())
    assert len(parts) > 4
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 10**9)
    whole = model.predict([doc])
    assert list(whole.parts()) == [whole]
    for name in ("piece_vectors", "window_vectors"):
        torch.testing.assert_close(torch.cat([getattr(part, name) for part in parts]), getattr(whole, name))
    for i, array in enumerate(whole.pieces):
        joined = np.concatenate([part.pieces[i] for part in parts])
        assert joined.tolist() == array.tolist() if i in (0, 1, 4) else joined.sum() == array.sum()
    assert np.concatenate([part.pieces_per_window for part in parts]).tolist() == whole.pieces_per_window.tolist()
    for part in parts:
        assert part.pieces.per_token.sum() == part.pieces.per_doc[0] == len(part.pieces.ids) == len(part.piece_vectors)


@pytest.mark.parametrize("pooling", DOC_POOLINGS)
def test_a_long_doc_is_pooled_over_all_parts(bert_folder, in_parts, monkeypatch, pooling):
    model = make_encoder(bert_folder, window_pieces=24, overlap_pieces=8)
    doc = Doc(Vocab(), words=[word for word in LONG_WORDS if word])
    query = 10 * torch.randn(model.get_dim("nO"))
    found = pool_long_doc(model.predict([doc]), pooling, query, torch.sin)
    monkeypatch.setattr("spacy_bert_ext.encoder.predict.MAX_HELD_BYTES", 10**9)
    torch.testing.assert_close(found, pool_docs(model.predict([doc]), pooling, query, torch.sin), atol=1e-5, rtol=1e-5)


def test_only_a_doc_by_itself_is_encoded_in_parts(bert_folder, in_parts):
    model = make_encoder(bert_folder)
    docs = make_docs("the of", "met the")
    assert isinstance(model.predict(docs), EncodedDocs)
    assert isinstance(model.predict(docs[:1]), EncodedLongDoc)


@pytest.mark.parametrize("pieces_from", ["tokens", "text"])
def test_a_doc_sees_what_stands_around_it(any_folder, pieces_from):
    docs = make_docs(SENTENCES[0], SENTENCES[1], SENTENCES[3])
    list(with_context([docs]))
    docs += make_docs("London calling", vocab=docs[0].vocab)  # which is told of nothing
    model = make_encoder(any_folder, context_pieces=9, pieces_from=pieces_from)
    encoded = model.predict(docs)
    tokenize = model.shims[0].loaded.tokenize
    of_doc = [tokenize([doc]).ids.tolist() for doc in docs]
    # A text before a Doc ends with its last word, the space behind it is no piece.
    before = [tokenize([without_last_space(doc)]).ids.tolist() for doc in docs]
    seen = [
        ([], of_doc[0], of_doc[1][:9]),
        (before[0][-5:], of_doc[1], of_doc[2][:4]),
        (before[1][-9:], of_doc[2], []),
        ([], of_doc[3], []),
    ]
    peer = Peer(any_folder)
    hidden = [peer.hidden(before + own + after) for before, own, after in seen]
    own = [h[1 + len(before) : 1 + len(before) + len(own)] for h, (before, own, _) in zip(hidden, seen)]
    torch.testing.assert_close(encoded.piece_vectors, torch.cat(own), atol=1e-5, rtol=0)
    torch.testing.assert_close(encoded.window_vectors, torch.stack([h[0] for h in hidden]), atol=1e-5, rtol=0)
    assert encoded.pieces.per_doc.tolist() == [len(ids) for ids in of_doc]
    without_dropout(model)
    torch.testing.assert_close(model.begin_update(docs)[0].piece_vectors, encoded.piece_vectors, atol=1e-5, rtol=0)


def without_last_space(doc: Doc) -> Doc:
    spaces = [bool(token.whitespace_) for token in doc]
    return Doc(doc.vocab, words=[token.text for token in doc], spaces=[*spaces[:-1], False])


def test_means_of_a_window_leave_its_context_out(any_folder):
    docs = make_docs(SENTENCES[0], "", SENTENCES[1])
    list(with_context([docs]))
    model = make_encoder(any_folder, context_pieces=6, window_pooling="mean")
    first, empty, last = ([*model.shims[0].loaded.tokenize([doc]).ids.tolist()] for doc in docs)
    peer = Peer(any_folder)
    hidden = [peer.hidden(first + last[:6]), peer.hidden(first[-3:] + last[:3]), peer.hidden(first[-6:] + last)]
    own = [[*range(len(first) + 1), -1], [0, -1], [0, *range(7, len(last) + 8)]]
    expected = torch.stack([h[places].mean(0) for h, places in zip(hidden, own)])
    assert not empty
    encoded = encode_docs(model, docs, mean_layers=(-1,))
    torch.testing.assert_close(encoded.window_vectors, expected, atol=1e-5, rtol=0)
    torch.testing.assert_close(encoded.kept.window_means, expected, atol=1e-5, rtol=0)
    without_dropout(model)
    torch.testing.assert_close(model.begin_update(docs)[0].window_vectors, expected, atol=1e-5, rtol=0)


def test_context_must_fit_into_a_window(any_folder):
    for found in (-1, 127):
        with pytest.raises(ValueError, match="B012.*context_pieces"):
            make_encoder(any_folder, context_pieces=found)
