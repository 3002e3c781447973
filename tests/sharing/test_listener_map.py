"""What `nlp.replace_listeners` is told of an encoder's listeners."""

from spacy_bert_ext.interop.tok2vec_listener import tok2vec
from spacy_bert_ext.sharing.listener import EncoderListener
from spacy_bert_ext.sharing.listener_map import ListenerMap
from tests.tiny import make_encoder


class Encoder:
    def __init__(self, folder: str) -> None:
        self.model = make_encoder(folder)


def test_the_block_is_told_only_of_listeners_in_spacys_heads(bert_folder: str) -> None:
    encoder, ours, in_tok2vec = Encoder(bert_folder), EncoderListener("*"), EncoderListener("*")
    tok2vec(in_tok2vec, "mean", 1.0)
    assert in_tok2vec.is_in_tok2vec and not ours.is_in_tok2vec
    listeners = ListenerMap(encoder)
    listeners.update({"bert_ner": [ours], "tagger": [in_tok2vec]})
    assert listeners.get("tagger") == [in_tok2vec]
    replace = encoder.model.attrs["replace_listener_cfg"]
    assert replace({"name": "x"}, {"pooling": "mean"}) == {"pooling": "mean", "encoder": {"name": "x"}}
    assert listeners.get("bert_ner") == [ours]
    assert "replace_listener_cfg" not in encoder.model.attrs
    assert listeners.get("nobody", []) == []
