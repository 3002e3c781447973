"""Who listens to an encoder: listeners of ours, and foreign ones through an adapter."""

import copy
import gc
from collections.abc import Sequence
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import Model

from spacy_bert_ext.encoder.output import Encoded
from spacy_bert_ext.pipeline.bert_encoder import BertEncoder
from spacy_bert_ext.sharing.links import replacement
from spacy_bert_ext.sharing.listener import EncoderListener
from spacy_bert_ext.sharing.shared_encoder import SharedEncoder
from tests.pipeline.pipelines import TWO, encoder_of, head_of, make_initialized
from tests.tiny import make_docs, make_encoder


class Component:
    """With one layer that listens."""

    def __init__(self, name: str, listener: Model) -> None:
        self.name = name
        self.model = Model("head", lambda *_: ([], None), layers=[listener])


class ForeignListener(Model):
    def __init__(self, upstream_name: str) -> None:
        super().__init__("foreign", lambda *_: ([], None))
        self.upstream_name = upstream_name


class Adapter:
    """Notes what it is asked to do."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def define_extensions(self) -> None:
        self.done.append("define_extensions")

    def upstream_of(self, node: Model) -> str | None:
        return node.upstream_name if isinstance(node, ForeignListener) else None

    def connect(self, listener: Any, encoder: SharedEncoder) -> None:
        self.done.append(f"connect {encoder.name}")

    def set_on_docs(self, docs: Sequence[Doc], encoded: Encoded, encoder: SharedEncoder) -> None:
        self.done.append(f"set on {len(docs)}")

    def check_replaceable(self, listener: Any) -> None:
        raise ValueError("it can't be replaced")


def make_component(nlp: Language, folder: str, adapter: Adapter, name: str = "bert_encoder") -> BertEncoder:
    settings = {"max_batch_pieces": 512, "keep": "none", "layers": [-1], "language_model": False}
    return BertEncoder(nlp.vocab, make_encoder(folder), name, **settings, foreign=(adapter,))


@pytest.mark.parametrize("upstream", ["*", "bert_encoder", "other"])
def test_a_listener_is_linked_if_it_names_the_encoder(nlp: Language, bert_folder: str, upstream: str) -> None:
    encoder, listener = make_component(nlp, bert_folder, Adapter()), EncoderListener(upstream)
    encoder.find_listeners(Component("head", listener))
    is_linked = upstream != "other"
    assert encoder.shared.links.listeners == ([listener] if is_linked else [])
    assert listener.encoder is (encoder.shared if is_linked else None)
    assert encoder.listening_components == (["head"] if is_linked else [])


def test_a_listener_has_one_encoder(nlp: Language, bert_folder: str) -> None:
    first, second = (make_component(nlp, bert_folder, Adapter(), name) for name in ("first", "second"))
    listener = EncoderListener("*")
    for encoder in (first, second, second):
        encoder.find_listeners(Component("head", listener))
    assert listener.encoder is second.shared
    assert first.shared.links.listeners == first.listeners == []
    assert second.shared.links.listeners == second.listeners == [listener]


def test_what_has_no_model_is_no_listener(nlp: Language, bert_folder: str) -> None:
    encoder = make_component(nlp, bert_folder, Adapter())
    encoder.find_listeners(lambda doc: doc)
    assert encoder.shared.links.listeners == []


def test_links_keep_nothing_alive(nlp: Language, bert_folder: str) -> None:
    encoder, listener = make_component(nlp, bert_folder, Adapter()), EncoderListener("*")
    encoder.find_listeners(Component("head", listener))
    encoder.listener_map = {}  # as spaCy does before it links
    assert encoder.shared.links.listeners == [listener] and encoder.listeners == []
    del listener
    gc.collect()
    assert encoder.shared.links.listeners == []


def test_heads_of_ours_are_stepped_with_the_encoder(two_heads: Language) -> None:
    heads = [head_of(two_heads, name) for name in TWO]
    shared = encoder_of(two_heads).shared
    assert shared.links.heads == heads
    assert shared.learners == [encoder_of(two_heads), *heads]


def test_a_copy_links_the_copies(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, TWO)
    copied = copy.deepcopy(nlp)
    shared = encoder_of(copied).shared
    assert shared.links.heads == [head_of(copied, name) for name in TWO]
    assert all(listener.encoder is shared for listener in shared.links.listeners)
    assert encoder_of(nlp).shared.links.heads == [head_of(nlp, name) for name in TWO]


# Foreign listeners


def test_a_foreign_listener_is_linked_and_connected(nlp: Language, bert_folder: str) -> None:
    adapter, listener = Adapter(), ForeignListener("*")
    encoder = make_component(nlp, bert_folder, adapter)
    assert adapter.done == ["define_extensions"]
    encoder.find_listeners(Component("tagger", listener))
    assert encoder.shared.links.foreign_in_use == [adapter]
    assert encoder.shared.links.own_listeners == [] and encoder.shared.links.listeners == [listener]
    assert adapter.done == ["define_extensions", "connect bert_encoder"]


def test_foreign_listeners_are_connected_again_when_there_are_new_weights(nlp: Language, bert_folder: str) -> None:
    adapter = Adapter()
    encoder, listener = make_component(nlp, bert_folder, adapter), ForeignListener("*")
    encoder.find_listeners(Component("tagger", listener))
    encoder.load_checkpoint()
    assert adapter.done[-2:] == ["connect bert_encoder"] * 2


def test_docs_are_given_what_foreign_listeners_read_only_where_there_are_some(nlp: Language, bert_folder: str) -> None:
    adapter, docs = Adapter(), make_docs("one", "two words")
    encoder, ours, theirs = make_component(nlp, bert_folder, adapter), EncoderListener("*"), ForeignListener("*")
    encoder.find_listeners(Component("bert_ner", ours))
    encoder.set_annotations(docs, encoder.predict(docs))
    assert adapter.done == ["define_extensions"] and encoder.shared.in_flight.n_held == 1
    encoder.find_listeners(Component("tagger", theirs))
    encoder.set_annotations(docs, encoder.predict(docs))
    assert adapter.done[-1] == "set on 2"


def test_the_adapter_says_whether_a_listener_can_be_replaced(nlp: Language, bert_folder: str) -> None:
    encoder = make_component(nlp, bert_folder, Adapter())
    assert replacement(encoder.model, EncoderListener("*"), encoder) is encoder.model
    with pytest.raises(ValueError, match="can't be replaced"):
        replacement(encoder.model, ForeignListener("*"), encoder)


def test_a_listener_of_spacy_that_names_the_encoder_is_refused() -> None:
    """spaCy's error would say, in training, that the encoder has to be an annotating component."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"model": {"name": "folder"}})
    listener = {"@architectures": "spacy.Tok2VecListener.v1", "width": 32}
    model = {"@architectures": "spacy.Tagger.v2"}
    nlp.add_pipe("tagger", name="of_any", config={"model": {**model, "tok2vec": listener}})
    named = {**model, "tok2vec": {**listener, "upstream": "bert_encoder"}}
    with pytest.raises(ValueError, match=r"\[B288\].*'of_ours'.*'bert_encoder'.*spacy-bert-ext.Tok2VecListener"):
        nlp.add_pipe("tagger", name="of_ours", config={"model": named})
