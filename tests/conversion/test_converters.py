"""From file to file."""

from pathlib import Path
from typing import Any

import pytest
from spacy.tokens import DocBin

from spacy_bert_ext.conversion.converters import convert_file
from spacy_bert_ext.conversion.findings import Findings
from tests.conversion.written import given, read_docs, write_lines

ROW = {"context": "Ada saw Rome", "question": "Where?", "answers": [{"text": "Rome", "start": 8}]}


@pytest.fixture
def source(tmp_path: Path) -> Path:
    return write_lines(tmp_path / "rows.jsonl", [ROW])


def convert(source: Path, target: Path, task: str = "qa", pipeline: str | None = None, **given: Any) -> Findings:
    return convert_file(source, target, task, lang="en", pipeline=pipeline, given=given)


def test_questions_and_answers_come_through_files(source: Path, tmp_path: Path) -> None:
    findings = convert(source, tmp_path / "new" / "train.spacy")
    (doc,) = read_docs(tmp_path / "new" / "train.spacy")
    assert given(doc, "questions") == {"Where?": "Where?"}
    assert [(span.text, span.label_) for span in doc.spans["answers"]] == [("Rome", "Where?")]
    assert findings.counts["Docs"] == 1


def test_a_question_without_an_answer_stays_annotated(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "rows.jsonl", [{**ROW, "answers": []}])
    convert(source, tmp_path / "train.spacy")
    (doc,) = read_docs(tmp_path / "train.spacy")
    assert "answers" in doc.spans and not doc.spans["answers"]


def test_tokens_of_a_pipeline(source: Path, tmp_path: Path, trained_folder: Path) -> None:
    convert(source, tmp_path / "train.spacy", pipeline=str(trained_folder))
    assert len(read_docs(tmp_path / "train.spacy")) == 1


def test_sentences_are_found_without_a_pipeline(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "s.jsonl", [{"text": "One is here. Two.", "summary": "Two."}])
    convert(source, tmp_path / "train.spacy", "summaries")
    (doc,) = read_docs(tmp_path / "train.spacy")
    assert [span.text for span in doc.spans["summary"]] == ["Two."] and len(list(doc.sents)) == 2


@pytest.mark.parametrize(
    ("task", "target", "given", "message"),
    [
        ("ner", "x.spacy", {}, "B478.*'ner'.*qa, summaries, pairs"),
        ("qa", "x.json", {}, r"B479.*x\.json"),
        ("qa", "folder.spacy", {}, r"B479.*folder\.spacy"),
        ("pairs", "x.spacy", {"max_questions": 3}, "B485.*`--max-questions` means nothing for the task 'pairs'.*qa"),
    ],
)
def test_wrong_requests(
    source: Path, tmp_path: Path, task: str, target: str, given: dict[str, Any], message: str
) -> None:
    (tmp_path / "folder.spacy").mkdir()
    with pytest.raises(ValueError, match=message):
        convert(source, tmp_path / target, task, **given)


def test_nothing_to_keep_is_an_error_and_leaves_the_old_file(tmp_path: Path) -> None:
    source = write_lines(tmp_path / "rows.jsonl", [{**ROW, "answers": [{"text": "Oslo", "start": 8}]}])
    target = tmp_path / "train.spacy"
    DocBin().to_disk(target)
    before = target.read_bytes()
    with pytest.raises(ValueError, match=r"B483.*1 annotations were left out.*line 1: 'Oslo' is not at 8"):
        convert(source, target)
    write_lines(source, [])
    source.write_text("[]")
    with pytest.raises(ValueError, match="B483.*it holds nothing"):
        convert(source, target)
    assert target.read_bytes() == before
