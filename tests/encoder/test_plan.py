"""What is planned of Docs that are masked, and of pairs, gives the vectors of transformers."""

import numpy as np
import pytest
import torch
from transformers import AutoModel, AutoTokenizer

from spacy_bert_ext.encoder.plan import plan_docs, plan_pairs
from spacy_bert_ext.encoder.predict import predict
from spacy_bert_ext.encoder.train import encode_with_gradients
from tests.coded import raises_code
from tests.tiny import make_docs, make_encoder, without_dropout

QUESTION, CONTEXT = "What is the weather like", "The president of Germany met the chancellor of Austria in Berlin"


def vectors_of(shim, plan):
    return predict(shim, plan, max_batch_pieces=8192, remember=lambda _: None)


@torch.no_grad()
def expected_states(folder: str, *texts: str):
    """Of transformers' own tokenizer and model: ids, token types and hidden states of one window."""
    tokenizer, module = AutoTokenizer.from_pretrained(folder), AutoModel.from_pretrained(folder).eval()
    inputs = tokenizer(*texts, return_tensors="pt")
    return inputs, module(**inputs).last_hidden_state[0]


@pytest.mark.parametrize("texts", [(QUESTION, CONTEXT), (CONTEXT, "Berlin"), ("", "Berlin")])
def test_two_texts_in_a_window_have_the_hidden_states_of_transformers(bert_folder, texts):
    inputs, states = expected_states(bert_folder, *texts)
    assert len(inputs["token_type_ids"].unique()) == 2
    shim = make_encoder(bert_folder).shims[0]
    plan = plan_pairs(shim, make_docs(*texts))
    batch = plan.make(np.array([0]))
    n_pieces = inputs["input_ids"].shape[1]
    assert batch.ids[0, :n_pieces].tolist() == inputs["input_ids"][0].tolist()
    assert batch.types[0, :n_pieces].tolist() == inputs["token_type_ids"][0].tolist()
    encoded = vectors_of(shim, plan)
    special = torch.isin(
        inputs["input_ids"][0], torch.tensor([*shim.loaded.special.before, *shim.loaded.special.after])
    )
    torch.testing.assert_close(encoded.piece_vectors, states[~special], atol=1e-5, rtol=0)
    torch.testing.assert_close(encoded.window_vectors[0], states[0], atol=1e-5, rtol=0)
    # With all types 0 they would be others.
    alone = predict(shim, plan_docs(shim, make_docs(texts[1])), max_batch_pieces=64, remember=print)
    assert not torch.allclose(alone.window_vectors[0], states[0], atol=1e-3)


def test_two_texts_in_training(bert_folder):
    _, states = expected_states(bert_folder, QUESTION, CONTEXT)
    model = make_encoder(bert_folder)
    without_dropout(model)
    shim = model.shims[0]
    encoded = encode_with_gradients(shim, plan_pairs(shim, make_docs(QUESTION, CONTEXT)), max_batch_pieces=8192)
    torch.testing.assert_close(encoded.window_vectors[0], states[0], atol=1e-5, rtol=0)
    encoded.piece_vectors.sum().backward()
    assert shim.module.embeddings.token_type_embeddings.weight.grad.abs().sum(1).min() > 0


def test_checkpoints_without_token_types_take_two_texts_too(roberta_folder):
    docs = make_docs(QUESTION, CONTEXT)
    shim = make_encoder(roberta_folder).shims[0]
    special, (first, second) = shim.loaded.special, (shim.loaded.tokenize([doc]).ids.tolist() for doc in docs)
    assert len(special.between) == 2 and special.types is None
    ids = [*special.before, *first, *special.between, *second, *special.after]
    with torch.no_grad():
        states = AutoModel.from_pretrained(roberta_folder).eval()(torch.tensor([ids])).last_hidden_state[0]
    encoded = vectors_of(shim, plan_pairs(shim, docs))
    torch.testing.assert_close(encoded.window_vectors[0], states[0], atol=1e-5, rtol=0)
    torch.testing.assert_close(encoded.piece_vectors[-len(second) :], states[-1 - len(second) : -1], atol=1e-5, rtol=0)


def test_a_long_context_goes_on_in_the_next_window_with_its_question(bert_folder):
    docs = make_docs("What is it", " ".join([CONTEXT] * 4))
    model = make_encoder(bert_folder, window_pieces=32)
    encoded = vectors_of(model.shims[0], plan_pairs(model.shims[0], docs))
    assert encoded.windows_per_doc[0] == 0 and encoded.windows_per_doc[1] > 1
    assert encoded.pieces_per_window.sum() == encoded.pieces.per_doc[1]
    assert len(encoded.piece_vectors) == encoded.pieces.per_doc.sum() and encoded.piece_vectors.isfinite().all()


def test_a_text_of_several_pairs_is_made_into_pieces_once(bert_folder, monkeypatch):
    shim = make_encoder(bert_folder).shims[0]
    context, one, other = make_docs(CONTEXT, QUESTION, "Who was it")
    tokenize, given = shim.loaded.tokenize, []
    monkeypatch.setattr(shim.loaded, "tokenize", lambda docs: given.append(list(docs)) or tokenize(docs))
    found = plan_pairs(shim, [one, context, other, context])
    assert given == [[one, context, other]]
    expected = plan_pairs(shim, [one, context, other, context], tokenize([one, context, other, context]))
    assert found.make(np.arange(2)).ids.tolist() == expected.make(np.arange(2)).ids.tolist()


def test_a_question_longer_than_a_window_is_refused(bert_folder):
    shim = make_encoder(bert_folder, window_pieces=8).shims[0]
    with raises_code("B293"):
        plan_pairs(shim, make_docs(CONTEXT, "Berlin"))


def test_masked_pieces_have_the_hidden_states_of_transformers(bert_folder):
    tokenizer = AutoTokenizer.from_pretrained(bert_folder)
    docs = make_docs(CONTEXT)
    shim = make_encoder(bert_folder).shims[0]
    pieces = shim.loaded.tokenize(docs)
    ids = pieces.ids.copy()
    ids[[1, 4]] = tokenizer.mask_token_id
    encoded = vectors_of(shim, plan_docs(shim, docs, pieces._replace(ids=ids)))
    window = torch.tensor([[tokenizer.cls_token_id, *ids.tolist(), tokenizer.sep_token_id]])
    with torch.no_grad():
        states = AutoModel.from_pretrained(bert_folder).eval()(window).last_hidden_state[0]
    torch.testing.assert_close(encoded.piece_vectors, states[1:-1], atol=1e-5, rtol=0)
    assert not torch.allclose(vectors_of(shim, plan_docs(shim, docs)).piece_vectors, states[1:-1], atol=1e-3)


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
