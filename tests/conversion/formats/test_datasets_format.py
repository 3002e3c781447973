"""Data sets of the library datasets."""

import sys
from pathlib import Path

import pytest

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.datasets_format import FORMAT, recognises
from spacy_bert_ext.conversion.formats.options import ReadOptions
from spacy_bert_ext.conversion.records import Mark

from .made import read, read_text


def test_json_lines_of_tokens(tmp_path: Path) -> None:
    text = '{"tokens": ["Ada", "ran"], "ner_tags": ["I-PER", "O"]}\n{"tokens": ["Bo"], "ner_tags": ["I-PER"]}\n'
    found, _ = read_text(FORMAT, tmp_path / "a.jsonl", text)
    assert [record.marks for record in found] == [(Mark(0, 3, "PER"),), (Mark(0, 2, "PER"),)]
    assert found[1].place == f"{tmp_path / 'a.jsonl'}, line 2"
    assert recognises(tmp_path / "a.jsonl", text.encode()) and not recognises(tmp_path / "a", b'{"text": "x"}')
    assert read_text(FORMAT, tmp_path / "a.jsonl", "[]")[0] == []


def test_the_library_is_an_extra(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "datasets", None)
    with pytest.raises(ImportError, match=r"B512.*pip install 'spacy-bert-ext\[datasets\]'"):
        read(FORMAT, tmp_path)


def test_folders(tmp_path: Path) -> None:
    datasets = pytest.importorskip("datasets")
    features = datasets.Features(
        tokens=datasets.Sequence(datasets.Value("string")),
        ner_tags=datasets.Sequence(datasets.ClassLabel(names=["O", "B-PER"])),
        label=datasets.ClassLabel(names=["no", "yes"]),
    )
    rows = {"tokens": [["Ada", "ran"], ["no"]], "ner_tags": [[1, 0], [0]], "label": [1, 0]}
    data = datasets.Dataset.from_dict(rows, features=features)
    data.save_to_disk(tmp_path / "one")
    found, _ = read(FORMAT, tmp_path / "one")
    assert [record.marks for record in found] == [(Mark(0, 3, "PER"),), ()]
    assert [record.cats for record in found] == [{"no": 0.0, "yes": 1.0}, {"no": 1.0, "yes": 0.0}]
    assert found[1].place == f"{tmp_path / 'one'}, row 2" and recognises(tmp_path / "one", b"")
    datasets.DatasetDict(train=data, dev=data.select([1])).save_to_disk(tmp_path / "two")
    assert recognises(tmp_path / "two", b"") and not recognises(tmp_path, b"")
    assert len(read(FORMAT, tmp_path / "two", part="dev")[0]) == 1
    for part, reason in ((None, "none is named"), ("x", "no part 'x'")):
        with pytest.raises(ValueError, match=f"B513.*{reason}; it has train, dev.*--part"):
            list(FORMAT.read(tmp_path / "two", ReadOptions(part=part), Findings()))
    datasets.DatasetDict(train=data).save_to_disk(tmp_path / "three")
    assert len(read(FORMAT, tmp_path / "three")[0]) == 2
    (tmp_path / "none").mkdir()
    with pytest.raises(ValueError, match="B513.*none"):
        read(FORMAT, tmp_path / "none")
