"""Docs are packed as before, and what can be packed is looked up once."""

import spacy
import srsly
from spacy.tokens import Doc
from srsly.msgpack import msgpack_encoders

from spacy_bert_ext.runtime.packing import look_up_once


def test_what_can_be_packed_is_looked_up_once(monkeypatch) -> None:
    doc = spacy.blank("en")("Ada moved")
    before = doc.to_bytes()
    look_up_once()
    monkeypatch.setattr(msgpack_encoders, "get_entry_points", lambda: 1 / 0)
    assert srsly.msgpack_loads(doc.to_bytes())["text"] == srsly.msgpack_loads(before)["text"] == "Ada moved"
    assert len(Doc(doc.vocab).from_bytes(doc.to_bytes())) == 2
