"""`spacy bert quantize`, called as its users call it."""

import json
import warnings
from pathlib import Path

import pytest
import spacy

from spacy_bert_ext.quantization.quantizing import Report
from tests.annotated import TEXTS
from tests.cli.runner import run
from tests.quantization.corpora import annotated_file, texts_file
from tests.quantization.test_describing import REPORT


def quantize(pipeline: Path, output: Path, folder: Path, *options: object) -> tuple[int, str]:
    files = ("--calibrate", texts_file(folder), "--evaluate", annotated_file(folder))
    code, shown = run("quantize", pipeline, output, *files, *options)
    return code, " ".join(shown.split())


def test_it_writes_a_pipeline_that_says_what_it_is(trained_folder: Path, tmp_path: Path) -> None:
    pytest.importorskip("nncf")
    output = tmp_path / "int8"
    code, shown = quantize(trained_folder, output, tmp_path, "--texts", 30, "--max-loss", 20)
    assert code == 0, shown
    for part in ("Scores on 12 Docs", "bert_ner ents_f 84.21", "entities", "T before", "MB on disk", "words/s"):
        assert part in shown
    meta = json.loads((output / "meta.json").read_text(encoding="utf8"))
    assert meta["performance"]["quantization"]["calibration_texts"] == 30
    assert meta["requirements"][0].startswith("spacy-bert-ext")
    assert [bool(doc.ents) for doc in spacy.load(output).pipe(TEXTS)] == [True, True, False]
    assert not list((output / "bert_encoder").rglob("*.safetensors"))
    code, shown = quantize(output, tmp_path / "again", tmp_path)
    assert code == 1 and "[B373]" in shown and not (tmp_path / "again").exists()


def test_nothing_is_written_if_a_score_loses_too_much(
    trained_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warn(*_) -> Report:
        for _ in range(2):
            warnings.warn("something to know")
        return REPORT

    monkeypatch.setattr("spacy_bert_ext.cli.quantize.quantize", warn)
    code, shown = quantize(trained_folder, tmp_path / "int8", tmp_path, "--max-loss", 0.39)
    assert shown.count("something to know") == 1
    assert code == 1 and "[B375] bert_ner ents_f loses 0.40 points" in shown and "--max-loss 0.39" in shown
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dev.spacy", "texts.spacy"]
    code, shown = quantize(trained_folder, tmp_path / "int8", tmp_path, "--max-loss", 0.4)
    assert code == 0 and (tmp_path / "int8" / "meta.json").exists()


def test_errors_are_one_line_and_leave_nothing(trained_folder: Path, tmp_path: Path) -> None:
    full = tmp_path / "full"
    full.mkdir()
    (full / "file").touch()
    for output, options, expected in (
        (full, (), "[B032]"),
        (tmp_path / "int8", ("--backend", "abacus"), "[B294]"),
        (tmp_path / "int8", ("--backend", "torch"), "[B366]"),
    ):
        code, shown = quantize(trained_folder, output, tmp_path, *options)
        assert code == 1 and expected in shown
    code, shown = quantize(tmp_path / "absent", tmp_path / "int8", tmp_path)
    assert code == 1 and "[E050]" in shown
    assert sorted(path.name for path in tmp_path.iterdir()) == ["dev.spacy", "full", "texts.spacy"]
