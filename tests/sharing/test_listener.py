"""A listener asks its encoder; one that is not linked says so."""

import pytest
from spacy.language import Language

from spacy_bert_ext.sharing.listener import EncoderListener, model_of
from tests.coded import raises_code
from tests.pipeline.pipelines import encoder_of, head_of, make_nlp
from tests.tiny import make_docs, make_encoder


def test_an_unlinked_listener_names_its_head_if_it_has_one() -> None:
    listener = EncoderListener("somewhere")
    with raises_code("B050", match="somewhere"):
        listener.predict([])
    listener.head_name = "bert_ner"
    with raises_code("B020", match="bert_ner.*somewhere"):
        listener.predict([])


def test_the_model_behind_a_listener(two_heads: Language, bert_folder: str) -> None:
    listener = head_of(two_heads, "bert_ner").model.get_ref("encoder")
    assert model_of(listener) is encoder_of(two_heads).model
    own = make_encoder(bert_folder)
    assert model_of(own) is own


def test_initializing_a_listener_loads_the_weights_of_its_encoder(bert_folder: str) -> None:
    nlp = make_nlp(bert_folder, ["bert_ner"])
    encoder, listener = encoder_of(nlp), head_of(nlp, "bert_ner").model.get_ref("encoder")
    assert encoder.shim.module is None
    listener.initialize()
    assert listener.get_dim("nO") == encoder.model.get_dim("nO")
    module = encoder.shim.module
    listener.initialize()
    assert module is not None and encoder.shim.module is module


@pytest.mark.parametrize("is_train", [True, False])
def test_without_a_step_vectors_are_those_of_prediction(two_heads: Language, is_train: bool) -> None:
    listener = head_of(two_heads, "bert_ner").model.get_ref("encoder")
    docs = make_docs("Angela Merkel", vocab=two_heads.vocab)
    found, backprop = listener(docs, is_train)
    assert not found.takes_gradients and backprop(found) == []
    assert found.piece_vectors.equal(encoder_of(two_heads).model.predict(docs).piece_vectors)
