"""The encoder as a Model."""

import pytest
import torch

from spacy_bert_ext.encoder.model import bert_encoder, forward_batches
from spacy_bert_ext.encoder.plan import plan_docs, plan_pairs
from tests.tiny import encoder_settings, make_docs, make_encoder, without_dropout

MASK = 4  # [MASK]


def test_a_model_without_weights_says_so(bert_folder):
    with pytest.raises(ValueError, match="B021"):
        bert_encoder(encoder_settings(bert_folder)).predict(make_docs("the"))


def test_masked_pieces_are_encoded_and_learned_from_as_docs_are(bert_folder):
    model, docs = make_encoder(bert_folder), make_docs("the president of Germany", "Berlin")
    without_dropout(model)
    shim = model.shims[0]
    pieces = shim.loaded.tokenize(docs)
    masked = pieces.ids.copy()
    masked[1] = MASK
    for ids, same in ((pieces.ids, True), (masked, False)):
        encoded, backprop = forward_batches(model, plan_docs(shim, docs, pieces._replace(ids=ids)), True)
        assert torch.equal(encoded.piece_vectors, model.begin_update(docs)[0].piece_vectors) is same
    encoded.piece_vectors.sum().backward()
    backprop(None)
    gradient = shim.module.embeddings.word_embeddings.weight.grad
    assert gradient[MASK].any() and not gradient[pieces.ids[1]].any()


def test_pairs_in_prediction_have_no_gradients(bert_folder):
    model = make_encoder(bert_folder)
    encoded, _ = forward_batches(model, plan_pairs(model.shims[0], make_docs("the president", "Berlin")), False)
    assert not encoded.takes_gradients and encoded.windows_per_doc.tolist() == [0, 1]
