"""Buffers that share batches: which windows go together, and vectors that are those of each buffer by itself."""

from collections.abc import Sequence

import pytest
import torch
from spacy.tokens import Doc

from spacy_bert_ext.encoder import ahead as ahead_module
from spacy_bert_ext.encoder.ahead import Ahead
from spacy_bert_ext.encoder.model import EncoderModel, set_max_batch_pieces
from spacy_bert_ext.encoder.shim import encoder_shim_of
from tests.encoder.limited_memory import ERRORS, limit_memory
from tests.encoder.peer import Peer, one_piece_words
from tests.tiny import make_docs, make_encoder


def make_ahead(model: EncoderModel, *buffers: Sequence[Doc], layers: Sequence[int] | None = None) -> Ahead:
    ahead = Ahead(model, lambda docs: None, layers)
    for docs in buffers:
        ahead.add(docs)
    return ahead


def docs_of(folder: str, *n_pieces: int) -> list[Doc]:
    """Docs that make windows of so many pieces, special ones included."""
    (word,) = one_piece_words(Peer(folder), 1)
    return make_docs(*(" ".join([word] * (n - 2)) for n in n_pieces))


@pytest.fixture
def batches(monkeypatch: pytest.MonkeyPatch) -> list[list[int]]:
    """Pieces of the windows in each batch."""
    found: list[list[int]] = []
    inputs_of = ahead_module.inputs_of

    def noted(batch, device):
        found.append(batch.mask.sum(1).tolist())
        return inputs_of(batch, device)

    monkeypatch.setattr(ahead_module, "inputs_of", noted)
    return found


def test_windows_of_later_buffers_fill_up_batches(bert_folder: str, batches: list[list[int]]) -> None:
    """The drawing in `encoder/ahead.py`."""
    lengths = ([8, 8, 12, 12, 12, 20], [8, 12, 12, 20, 20, 30], [8, 8, 12, 30])
    ahead = make_ahead(make_encoder(bert_folder), *(docs_of(bert_folder, *of_buffer) for of_buffer in lengths))
    ahead.finish()
    assert batches == [[20, 20, 20], [12] * 6, [8] * 5]
    batches.clear()
    ahead.finish()
    assert batches == [[30, 30]]
    batches.clear()
    ahead.finish()
    assert batches == []


def test_it_computes_on_the_threads_of_the_setting(bert_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_encoder(bert_folder, threads=2)
    seen: list[int] = []
    inputs_of = ahead_module.inputs_of

    def noted(batch, device):
        seen.append(torch.get_num_threads())
        return inputs_of(batch, device)

    monkeypatch.setattr(ahead_module, "inputs_of", noted)
    make_ahead(model, docs_of(bert_folder, 8)).finish()
    assert seen == [2] and torch.get_num_threads() == 1


def test_a_full_batch_takes_no_more(bert_folder: str, batches: list[list[int]]) -> None:
    model = make_encoder(bert_folder)
    set_max_batch_pieces(model, 40)
    ahead = make_ahead(model, docs_of(bert_folder, 12, 12), docs_of(bert_folder, 12, 12))
    ahead.finish()
    assert batches == [[12, 12, 12]]


@pytest.mark.parametrize("layers", [None, [-1], [0, -2]])
def test_vectors_are_those_of_each_buffer_alone(any_folder: str, layers: Sequence[int] | None) -> None:
    model = make_encoder(any_folder)
    buffers = [docs_of(any_folder, *lengths) for lengths in ([9, 31, 40, 700], [10, 30, 30, 4], [], [31, 9, 12])]
    ahead = make_ahead(model, *buffers, layers=layers)
    for docs in buffers:
        found = ahead.finish()
        (alone,) = [make_ahead(model, docs, layers=layers).finish()]
        assert torch.equal(found.piece_vectors, alone.piece_vectors)
        assert torch.equal(found.window_vectors, alone.window_vectors)
        assert torch.equal(found.piece_vectors, model.predict(docs).piece_vectors)
        if layers is not None:
            for one, other in zip(vars(found.for_docs).values(), vars(alone.for_docs).values()):
                assert one is other is None or torch.equal(one, other)


def test_buffers_of_older_weights_are_encoded_anew(bert_folder: str) -> None:
    model = make_encoder(bert_folder)
    buffers = [docs_of(bert_folder, 8), docs_of(bert_folder, 8)]
    ahead = make_ahead(model, *buffers)
    before = ahead.finish()  # fills up with the second buffer's
    shim = encoder_shim_of(model)
    with torch.no_grad():
        for weights in shim.module.parameters():
            weights.mul_(0.5)
    shim.version += 1
    after = ahead.finish()
    assert not torch.equal(before.piece_vectors, after.piece_vectors)
    assert torch.equal(after.piece_vectors, model.predict(buffers[1]).piece_vectors)


@pytest.mark.parametrize("error", ERRORS)
def test_short_of_memory_a_buffer_is_encoded_by_itself(bert_folder: str, error: Exception) -> None:
    model = make_encoder(bert_folder)
    buffers = [docs_of(bert_folder, 8, 8, 8), docs_of(bert_folder, 8, 8)]
    expected = [model.predict(docs).piece_vectors for docs in buffers]
    limit_memory(model, 24, error)  # 3 windows of 8 pieces, not 5
    ahead = make_ahead(model, *buffers)
    assert torch.equal(ahead.finish().piece_vectors, expected[0])
    assert torch.equal(ahead.finish().piece_vectors, expected[1])


def test_an_error_is_raised_when_it_is_the_buffers_turn(bert_folder: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = make_encoder(bert_folder)
    good, bad = docs_of(bert_folder, 8), docs_of(bert_folder, 10)
    plan_for = ahead_module.plan_for

    def fail(model, docs):
        if docs is bad:
            raise RuntimeError("boom")
        return plan_for(model, docs)

    monkeypatch.setattr(ahead_module, "plan_for", fail)
    monkeypatch.setattr("spacy_bert_ext.encoder.model.plan_for", fail)
    ahead = make_ahead(model, good, bad, good)
    ahead.finish()
    with pytest.raises(RuntimeError, match="boom"):
        ahead.finish()
    assert ahead.finish().n_docs == 1
