"""Docs with annotations and what the input said besides."""

from pathlib import Path

from spacy.tokens import DocBin
from spacy.vocab import Vocab

from spacy_bert_ext.scale.columns import COLUMNS
from spacy_bert_ext.scale.sinks import doc_bins
from spacy_bert_ext.scale.sinks.doc_bins import DocBins
from tests.scale.ruled import make_ruled
from tests.scale.sinks.made import written

SINK = DocBins("text", ["ents", "doc", "error"])


def rows(n_rows: int) -> list[dict]:
    doc = COLUMNS["doc"].value(make_ruled()("Ada moved"))
    made = [{"text": "Ada moved", "id": i, "ents": [], "doc": doc, "error": None} for i in range(n_rows)]
    return [*made, {"text": "x\udcff", "id": "last", "ents": None, "doc": None, "error": "no UTF-8"}]


def test_docs_have_the_columns_of_the_input(tmp_path: Path) -> None:
    given = rows(2)
    docs = list(DocBin().from_disk(written(SINK, tmp_path, given[:1], given[1:])).get_docs(Vocab()))
    assert [doc.text for doc in docs] == ["Ada moved", "Ada moved", ""]
    assert [ent.label_ for ent in docs[1].ents] == ["PERSON"] and docs[1].user_data["id"] == 1
    assert docs[2].user_data == {"text": "x\ufffd", "id": "last", "error": "no UTF-8"}


def test_very_many_docs_are_several_files(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr(doc_bins, "MOST_DOCS", 3)
    given = rows(4)
    output = written(SINK, tmp_path, given[:2], given[2:3], given[3:])
    names = sorted(path.name for path in output.iterdir())
    assert names == ["000001.spacy", "000002.spacy"]
    assert [len(DocBin().from_disk(output / name)) for name in names] == [3, 2]
