"""From file to file, or to several."""

from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.tokens import DocBin

from spacy_bert_ext.conversion.converting import Splitting, convert_file
from spacy_bert_ext.conversion.docbins import DocsWriter
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
        ("sentiment", "x.spacy", {}, "B478.*'sentiment'.*ner, spans, .*qa, summaries, pairs"),
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
    with pytest.raises(ValueError, match=r"B483.*1 left out, the first one in .*line 1: 'Oslo' is not at 8"):
        convert(source, target)
    write_lines(source, [])
    source.write_text("[]")
    with pytest.raises(ValueError, match="B483.*there is no text in it"):
        convert(source, target)
    assert target.read_bytes() == before


def split(source: Path, target: Path, shares: str, task: str = "textcat", seed: int = 0) -> Findings:
    return convert_file(source, target, task, lang="en", pipeline=None, given={}, splitting=Splitting(shares, seed))


@pytest.fixture
def reviews(tmp_path: Path) -> Path:
    rows = [{"text": f"Review {i}", "cats": {"good": i % 4 > 0, "bad": i % 4 == 0}} for i in range(80)]
    return write_lines(tmp_path / "reviews.jsonl", [*rows, rows[0]])


def test_parts_have_their_shares_and_all_categories(reviews: Path, tmp_path: Path) -> None:
    findings = split(reviews, tmp_path / "corpus", "80/10/10")
    parts = {name: read_docs(tmp_path / "corpus" / f"{name}.spacy") for name in ("train", "dev", "test")}
    assert {name: len(docs) for name, docs in parts.items()} == {"train": 65, "dev": 8, "test": 8}
    assert all(set(doc.cats) == {"good", "bad"} for docs in parts.values() for doc in docs)
    for name, docs in parts.items():
        assert findings.counts[f"Docs in {name}"] == len(docs)
        assert findings.labels[name]["bad"] == sum(doc.cats["bad"] == 1 for doc in docs) > 0
    assert findings.counts["duplicate texts"] == 1
    assert findings.counts["duplicates in several parts"] == 0
    texts = [doc.text for docs in parts.values() for doc in docs]
    assert len(set(texts)) == 80 and len(texts) == 81


def test_the_same_seed_gives_the_same_bytes(reviews: Path, tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        split(reviews, tmp_path / name, "80/20", seed=seed)
    a, b, c = ((tmp_path / name / "dev.spacy").read_bytes() for name in "abc")
    assert a == b != c and not (tmp_path / "a" / "test.spacy").exists()


def test_docs_are_split_as_they_are(reviews: Path, tmp_path: Path) -> None:
    doc = spacy.blank("en")("Ada saw Rome")
    doc[0].tag_ = "NNP"
    DocBin(docs=[doc, spacy.blank("en")("Two")]).to_disk(tmp_path / "gold.spacy")
    split(tmp_path / "gold.spacy", tmp_path / "corpus", "50/50", "ner")
    (found,) = read_docs(tmp_path / "corpus" / "train.spacy")
    assert found.text == "Ada saw Rome" and found[0].tag_ == "NNP"


def test_what_changes_nothing_is_told(reviews: Path, tmp_path: Path) -> None:
    split(reviews, tmp_path / "corpus", "80/10/10")
    findings = split(reviews, tmp_path / "corpus", "80/20")
    assert len(findings.notes) == 1 and "test.spacy is of an earlier conversion" in findings.notes[0]
    findings = convert(tmp_path / "corpus" / "dev.spacy", tmp_path / "all.spacy", "textcat", labels_separator="|")
    assert len(findings.notes) == 1 and "--labels-separator changes nothing" in findings.notes[0]


def test_parts_of_pairs_have_the_same_categories(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    for name, labels in (("train", ["yes", "no"]), ("dev", ["maybe"])):
        rows = [{"text1": f"{name} {label}", "text2": "b", "label": label} for label in labels]
        write_lines(tmp_path / "data" / f"{name}.jsonl", rows)
    convert(tmp_path / "data", tmp_path / "corpus", "pairs")
    docs = [doc for part in ("train", "dev") for doc in read_docs(tmp_path / "corpus" / f"{part}.spacy")]
    assert len(docs) == 3 and all(set(doc.cats) == {"yes", "no", "maybe"} for doc in docs)


def test_parts_of_docs_stay_parts_or_become_one_file(reviews: Path, tmp_path: Path) -> None:
    split(reviews, tmp_path / "corpus", "80/10/10")
    numbers = {"train": 65, "dev": 8, "test": 8}
    for target in ("again", "all.spacy"):
        convert_file(tmp_path / "corpus", tmp_path / target, "textcat", lang="en", pipeline=None, given={})
    assert {name: len(read_docs(tmp_path / "again" / f"{name}.spacy")) for name in numbers} == numbers
    assert len(read_docs(tmp_path / "all.spacy")) == 81
    with pytest.raises(ValueError, match=r"B580.*train\.spacy, dev\.spacy, test\.spacy"):
        split(tmp_path / "corpus", tmp_path / "other", "80/10/10")


def test_a_part_without_docs_leaves_nothing(tmp_path: Path, source: Path) -> None:
    with pytest.raises(ValueError, match="B491"):
        split(source, tmp_path / "corpus", "80/10/10", "qa")
    assert not list((tmp_path / "corpus").iterdir())
    with pytest.raises(ValueError, match="B493.*folder"):
        split(source, tmp_path / "corpus.spacy", "80/10/10", "qa")


def test_the_language_decides_on_blanks(tmp_path: Path) -> None:
    (tmp_path / "zh.conll").write_text("\u4f60\tO\n\u597d\tO\n", encoding="utf8")
    for lang, text in (("zh", "\u4f60\u597d"), ("xx", "\u4f60 \u597d ")):
        convert_file(tmp_path / "zh.conll", tmp_path / "all.spacy", "ner", lang=lang, pipeline=None, given={})
        assert [doc.text for doc in read_docs(tmp_path / "all.spacy", lang)] == [text]


def test_parts_that_are_there_have_the_same_categories(tmp_path: Path) -> None:
    data, target = tmp_path / "data", tmp_path / "corpus"
    data.mkdir()
    (data / "train.tsv").write_text("Good film\t1\nBad film\t0\nDull\t2\n")
    (data / "dev.tsv").write_text("good  film\t1\nNice\t1\n")
    given = {"rename": {"0": "bad", "1": "good"}, "columns": {"text": ("1",), "label": ("2",)}}
    findings = convert_file(data, target, "textcat", lang="en", pipeline=None, given=given)
    assert {path.name for path in target.iterdir()} == {"train.spacy", "dev.spacy"}
    cats = [doc.cats for part in ("train", "dev") for doc in read_docs(target / f"{part}.spacy")]
    assert len(cats) == 5 and all(set(table) == {"bad", "good", "2"} for table in cats)
    assert findings.labels == {"train": {"good": 1, "bad": 1, "2": 1}, "dev": {"good": 2}}
    assert findings.counts["duplicates in several parts"] == 1
    with pytest.raises(ValueError, match=r"B580.*train\.tsv, dev\.tsv"):
        split(data, target, "80/20")
    with pytest.raises(ValueError, match="B493"):
        convert_file(data, tmp_path / "all.spacy", "textcat", lang="en", pipeline=None, given=given)
    (data / "test.tsv").touch()
    with pytest.raises(ValueError, match=r"B483.*test\.tsv"):
        convert_file(data, target, "textcat", lang="en", pipeline=None, given={**given, "format": "csv"})


def test_all_parts_are_written_before_one_takes_its_place(
    reviews: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    split(reviews, tmp_path / "corpus", "50/50")
    before = [(tmp_path / "corpus" / name).read_bytes() for name in ("train.spacy", "dev.spacy")]
    finish, finished = DocsWriter.finish, []

    def fail_at_last(writer: DocsWriter) -> None:
        finished.append(writer)
        if len(finished) == 2:
            raise OSError("disk full")
        finish(writer)

    monkeypatch.setattr(DocsWriter, "finish", fail_at_last)
    with pytest.raises(OSError, match="disk full"):
        split(reviews, tmp_path / "corpus", "80/20", seed=1)
    assert [(tmp_path / "corpus" / name).read_bytes() for name in ("train.spacy", "dev.spacy")] == before
