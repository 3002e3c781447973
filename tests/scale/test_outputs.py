"""Kinds of outputs, and what may be replaced."""

from pathlib import Path

import pytest
from spacy.tokens import DocBin
from spacy.vocab import Vocab

from spacy_bert_ext.scale.annotate import Annotate
from spacy_bert_ext.scale.outputs import check_replaceable, kind_of, needed_columns, sink_of, take_place
from spacy_bert_ext.scale.rows import Chunk, Row
from spacy_bert_ext.scale.work import Work
from tests.coded import raises_code


def test_the_kind_is_told_by_the_ending(ruled: Path) -> None:
    names = ["a.jsonl", "a.ndjson", "a.csv", "a.parquet", "a.spacy", "a.conll", "-"]
    assert [kind_of(name, None) for name in names] == ["jsonl", "jsonl", "csv", "parquet", "spacy", "conll", "jsonl"]
    assert kind_of("out", "csv") == "csv" and kind_of("-", "conll") == "conll"
    with raises_code("B525", match="its ending is '.pdf'"):
        kind_of("a.pdf", None)
    with raises_code("B525", match="it has no ending"):
        kind_of("a", None)
    with raises_code("B010", match="'pdf' for `--to`"):
        kind_of("a", "pdf")
    with raises_code("B010", match="Allowed: jsonl, conll"):
        kind_of("-", "csv")


def test_each_kind_has_its_sink(ruled: Path) -> None:
    pytest.importorskip("pyarrow")
    kinds = ("jsonl", "csv", "parquet", "spacy", "conll")
    found = [type(sink_of(kind, Annotate(ruled))).__name__ for kind in kinds]
    assert found == ["JsonLines", "Csv", "Parquet", "DocBins", "Conll"]
    assert needed_columns("spacy", ["ents"]) == ("ents", "doc") and needed_columns("csv", ["ents"]) == ("ents",)
    assert needed_columns("conll", ["doc"]) == ("doc",)


@pytest.mark.parametrize("kind", ["spacy", "conll"])
def test_outputs_of_docs_know_the_names_of_our_columns(ruled: Path, kind: str) -> None:
    annotate = Annotate(ruled, columns=("doc",), prefix="our_")
    rows = [Row({"text": "Ada moved", "doc": "of the input"}), Row({"text": None})]
    data = Work(annotate, sink_of(kind, annotate))(Chunk(0, rows, 0)).data
    if kind == "conll":
        assert data.decode().startswith("# text = Ada moved\nAda\tB-PERSON\n") and b"the value is missing" in data
        return
    docs = list(DocBin().from_bytes(data).get_docs(Vocab()))
    assert [doc.text for doc in docs] == ["Ada moved", ""] and docs[0].user_data["doc"] == "of the input"
    assert docs[1].user_data["our_error"] == "no text: the value is missing" and "our_doc" not in docs[0].user_data


def test_only_outputs_are_replaced(tmp_path: Path) -> None:
    file, folder = tmp_path / "a.jsonl", tmp_path / "a.spacy"
    check_replaceable(file, is_allowed=False)
    file.touch()
    with raises_code("B527", match=r"a\.jsonl' is there already"):
        check_replaceable(file, is_allowed=False)
    folder.mkdir()
    (folder / "000001.spacy").touch()
    for path in (file, folder):
        check_replaceable(path, is_allowed=True)
    (folder / "thesis.txt").touch()
    with raises_code("B531", match=r"a\.spacy"):
        check_replaceable(folder, is_allowed=True)


def test_files_and_folders_take_each_others_place(tmp_path: Path) -> None:
    folder, file = tmp_path / "folder", tmp_path / "file"
    folder.mkdir()
    file.write_text("x", encoding="utf8")
    take_place(file, folder)
    assert folder.read_text(encoding="utf8") == "x" and not file.exists()
    file.mkdir()
    (file / "x").touch()
    take_place(file, folder)
    assert (folder / "x").exists()
    take_place(None, folder)
    take_place(None, folder)
    assert not folder.exists()
