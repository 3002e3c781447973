"""The encoder follows spaCy's protocol for components that others listen to."""

from spacy.language import Language
from spacy.ty import ListenedToComponent

from tests.annotated import TEXTS
from tests.coded import raises_code
from tests.pipeline.pipelines import HEADS, encoder_of


def test_encoder_follows_spacys_protocol(shared_trained: Language) -> None:
    encoder = encoder_of(shared_trained)
    assert isinstance(encoder, ListenedToComponent)
    assert encoder.listening_components == list(HEADS)
    assert len(encoder.listeners) == len(HEADS)
    assert encoder.is_trainable


def test_removed_listener_is_no_longer_fed(trained: Language) -> None:
    encoder = encoder_of(trained)
    listener = encoder.listener_map["bert_ner"][0]
    assert encoder.remove_listener(listener, "bert_ner")
    assert not encoder.remove_listener(listener, "bert_ner")
    assert "bert_ner" not in encoder.listening_components
    with raises_code("B020"):
        trained(TEXTS[0])
