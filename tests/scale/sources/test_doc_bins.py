"""Docs give their text, their tokens and what heads read; annotations stay behind."""

from pathlib import Path

import spacy
from spacy.tokens import Doc, DocBin, Span

from spacy_bert_ext.pipeline.reading import give
from spacy_bert_ext.scale.sources.doc_bins import read_doc_bin
from tests.coded import raises_code
from tests.scale.sources.reading import rows_of


def test_rows_of_docs(tmp_path: Path) -> None:
    doc = Doc(spacy.blank("en").vocab, words=["New York", "!"], spaces=[False, False])
    doc.ents = [Span(doc, 0, 1, label="GPE")]
    doc.user_data.update({"id": 7, "list": [1], "source": {"url": "x", "tags": ["a"]}})
    for name, value in {"questions": {"a": "b"}, "pair": "second", "pair_score": 2.0}.items():
        give(doc, name, value)
    (found,) = rows_of(read_doc_bin, tmp_path / "a", DocBin(docs=[doc], store_user_data=True).to_bytes(), "body")
    assert found.values == {"body": "New York!", "id": 7, "url": "x", "tags": ("a",)} and found.fault is None
    assert found.words == ("New York", "!") and found.spaces == (False, False)
    assert list(found.given.items()) == [("pair", "second"), ("questions", {"a": "b"})]


def test_what_is_no_doc_bin_is_told(tmp_path: Path) -> None:
    with raises_code("B526", match=r"it is no \.spacy file"):
        rows_of(read_doc_bin, tmp_path / "a", b"text")
