"""`spacy bert explain`, called as its users call it, with numbers that are made up."""

import io
import json
import re
import warnings
from pathlib import Path

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span

from spacy_bert_ext.cli.explaining import Question, explain_to
from spacy_bert_ext.explanation.explanation import Explanation
from spacy_bert_ext.pipeline.bert_encoder import BertEncoder
from spacy_bert_ext.pipeline.bert_head import BertHead
from tests.annotated import ENTITIES, TEXTS
from tests.cli.runner import run
from tests.pages.parsed import Page
from tests.pipeline.pipelines import HEADS


def explain(self, where: Doc | Span, label: str | None = None, **asked) -> Explanation:
    """Each token's place, from below 0 on; what was asked stands in the quantity."""
    doc = where if isinstance(where, Doc) else where.doc
    is_doc = where is doc
    if label is None:
        label = max(self.labels, key=doc.cats.get) if is_doc else where.label_
    return Explanation(
        text=doc.text,
        tokens=tuple(token.text for token in doc),
        spaces=tuple(bool(token.whitespace_) for token in doc),
        scores=np.arange(len(doc), dtype="float64") - 1,
        label=label,
        component=self.name,
        method=asked["method"],
        baseline=asked["baseline"],
        value=float(asked["steps"]),
        baseline_value=0.0,
        quantity=f"log odds of {label}",
        probability=0.5,
        completeness_error=0.0,
        target=None if is_doc else (where.start, where.end),
    )


@pytest.fixture(autouse=True)
def _made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(BertHead, "explain", explain)
    monkeypatch.setattr(BertEncoder, "set_annotations", BertEncoder.set_annotations)  # which a test changes


def lines(*texts: str) -> str:
    return "\n".join(texts)


def test_all_heads_are_explained_on_one_page(trained_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "new" / "page.html"
    code, shown = run("explain", trained_folder, TEXTS[0], "--output", output)
    assert code == 0, shown
    page = Page(output.read_text(encoding="utf8"))
    assert page.tags.count("figure") == 9  # three entities, the best label of two categorizers, four spans
    assert page.of_class("entities")[4] == TEXTS[0]
    assert page.of_class("target")[:3] == [text + label for text, label in ENTITIES[0]]
    assert "Explanations of en_pipeline 0.0.0" in page.texts
    assert "explanations: 9" in " ".join(shown.split()) and "bert_ner: PERSON 50.0 %, 'Angela Merkel'" in shown
    assert "integrated gradients, baseline mask; log odds of PERSON: 8.000; of the baseline: 0.000" in shown
    assert re.search(r"\nWashington +5\.000 *\n", shown) and re.search(r"\nAngela +-1\.000 *\n", shown)


def test_one_component_one_label_and_how(trained_folder: Path) -> None:
    options = ("--component", "bert_textcat", "--label", "sport", "--method", "occlusion", "--steps", 3)
    code, shown = run("explain", trained_folder, TEXTS[0], *options, "--baseline", "pad", "--json")
    assert code == 0, shown
    (found,) = json.loads(shown)
    assert (found["component"], found["label"], found["target"]) == ("bert_textcat", "sport", None)
    assert (found["method"], found["baseline"], found["value"]) == ("occlusion", "pad", 3.0)


def test_heads_without_the_label_are_left_out(trained_folder: Path) -> None:
    code, shown = run("explain", trained_folder, TEXTS[0], "--label", "GPE", "--json")
    found = json.loads(shown)
    assert code == 0 and [(one["component"], one["label"]) for one in found] == [("bert_ner", "GPE")] * 3
    code, shown = run("explain", trained_folder, TEXTS[0], "--label", "POSITIVE")
    assert code == 1 and "[B010]" in shown and "GPE" in shown and "sport" in shown


@pytest.mark.parametrize("is_file", [True, False])
def test_a_file_has_a_text_in_each_line(trained_folder: Path, tmp_path: Path, is_file: bool) -> None:
    file, output = tmp_path / "texts.txt", tmp_path / "numbers.json"
    texts = lines(TEXTS[0], "", "  ", TEXTS[2], TEXTS[0])
    file.write_text(texts, encoding="utf8")
    options = ("--file", file if is_file else "-", "--output", output)
    code, shown = run("explain", trained_folder, *options, input=None if is_file else texts)
    assert code == 0, shown
    found = json.loads(output.read_text(encoding="utf8"))
    assert [one["text"] for one in found] == [TEXTS[0]] * 9 + [TEXTS[2]] * 2
    assert found[0]["target"] == {"start": 0, "end": 2} and found[0]["tokens"][2]["score"] == 1.0


@pytest.mark.parametrize(("encoding", "shown"), [("ascii", "caf\\u00e9"), ("utf-8", "café")])
def test_numbers_fit_any_standard_output(
    trained_folder: Path, monkeypatch: pytest.MonkeyPatch, encoding: str, shown: str
) -> None:
    out = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr("sys.stdout", out)
    question = Question("bert_textcat", label=None, spans_key=None, method="occlusion", steps=8, baseline="mask")
    explain_to(
        str(trained_folder),
        "café",
        question,
        file=None,
        output_path=None,
        as_json=True,
        gpu_id=-1,
        code_path=None,
        force=False,
    )
    out.flush()
    written = out.buffer.getvalue().decode(encoding)
    assert shown in written
    assert json.loads(written)[0]["text"] == "café"


def test_the_first_of_many_are_printed(trained_folder: Path, tmp_path: Path) -> None:
    (tmp_path / "texts.txt").write_text(lines(*(f"{TEXTS[0]} {i}" for i in range(3))), encoding="utf8")
    code, shown = run("explain", trained_folder, "--file", tmp_path / "texts.txt")
    assert code == 0 and shown.count("integrated gradients") == 10 and re.search(r"\.\.\. and \d+ more", shown)


def test_an_output_is_overwritten_by_force(trained_folder: Path, tmp_path: Path) -> None:
    output = tmp_path / "page.html"
    output.write_text("mine")
    code, shown = run("explain", trained_folder, TEXTS[0], "--output", output)
    assert code == 1 and "--force" in shown and output.read_text() == "mine"
    code, shown = run("explain", trained_folder, TEXTS[0], "--output", output, "--force")
    assert code == 0 and "<figure" in output.read_text(encoding="utf8")
    assert [path.name for path in tmp_path.iterdir()] == ["page.html"]


def test_spans_of_a_group_are_explained_by_heads_that_set_spans(
    trained_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "pipeline"
    spacy.load(trained_folder, exclude=["bert_spancat"]).to_disk(folder)
    code, shown = run("explain", folder, TEXTS[0], "--spans-key", "sc")
    assert code == 1 and "[B397]" in " ".join(shown.split()) and "sets `doc.spans`" in " ".join(shown.split())
    (tmp_path / "code.py").write_text(CODE)
    keys = {"bert_ner": "sc"}
    monkeypatch.setattr("spacy_bert_ext.cli.explaining.key_of", lambda nlp, name: keys.get(name))
    options = ("--spans-key", "ruler", "--code", tmp_path / "code.py", "--json")
    code, shown = run("explain", folder, TEXTS[0], *options)
    assert code == 0, shown
    (found,) = json.loads(shown)
    assert (found["label"], found["target"]) == ("PERSON", {"start": 1, "end": 2})


CODE = """
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy_bert_ext.pipeline.bert_encoder import BertEncoder

set_annotations = BertEncoder.set_annotations

def with_spans(self, docs, *args):
    set_annotations(self, docs, *args)
    for doc in docs:
        doc.spans["ruler"] = [Span(doc, 1, 2, "PERSON")]

BertEncoder.set_annotations = with_spans
"""


def test_nothing_to_explain_is_an_error_and_no_page(trained_folder: Path, tmp_path: Path) -> None:
    output = ("--output", tmp_path / "page.html")
    for arguments, expected in (
        ((TEXTS[2], "--component", "bert_ner"), "[B398] Nothing to explain: bert_ner predicted nothing (texts: 1)"),
        ((), "[B399] No text to explain"),
        ((TEXTS[2], "--file", "-"), "[B399] A text and a file to explain"),
        ((" \n",), "[B399] Nothing but white space to explain"),
        (("--file", tmp_path / "absent.txt"), "absent.txt"),
        ((TEXTS[2], "--component", "absent"), "[B045]"),
        ((TEXTS[2], "--component", "bert_encoder"), "[B045]"),
        ((TEXTS[2], "--component", "bert_ner", "--method", "lime"), "[B390]"),  # before anything is predicted
    ):
        code, shown = run("explain", trained_folder, *arguments, *output)
        assert code == 1 and expected in " ".join(shown.split()), shown
    assert list(tmp_path.iterdir()) == []


def test_what_is_no_pipeline_and_where_no_page_may_be(trained_folder: Path, tmp_path: Path) -> None:
    code, shown = run("explain", tmp_path / "absent", TEXTS[0])
    assert code == 1 and "[E050]" in shown
    code, shown = run("explain", trained_folder, TEXTS[0], "--output", trained_folder / "page.html")
    assert code == 1 and "[B201]" in shown and not (trained_folder / "page.html").exists()


def test_a_pipeline_without_such_heads_is_refused(tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path / "pipeline")
    code, shown = run("explain", tmp_path / "pipeline", TEXTS[0])
    assert code == 1 and "[B397]" in shown and "sentencizer" in shown


@pytest.mark.parametrize("answer", ["explained_parts", "explained"])
def test_a_head_without_an_answer_is_refused_if_it_is_named(
    trained_folder: Path, monkeypatch: pytest.MonkeyPatch, answer: str
) -> None:
    monkeypatch.delattr(f"spacy_bert_ext.pipeline.bert_ner.BertNER.{answer}")
    code, shown = run("explain", trained_folder, TEXTS[0], "--component", "bert_ner")
    assert code == 1 and "[B300]" in shown and f"`{answer}`" in shown
    code, shown = run("explain", trained_folder, TEXTS[0], "--json")
    assert code == 0 and {one["component"] for one in json.loads(shown)} == set(HEADS[1:])


def test_errors_and_warnings_of_the_explanation_are_lines(
    trained_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def warn(self, *args, **kwargs) -> Explanation:
        warnings.warn("not complete")
        return explain(self, *args, **kwargs)

    def fail(self, *args, **kwargs) -> Explanation:
        raise ValueError("[B390] no such method")

    monkeypatch.setattr(BertHead, "explain", warn)
    code, shown = run("explain", trained_folder, TEXTS[0])
    assert code == 0 and shown.count("not complete") == 1
    with pytest.warns(UserWarning, match="not complete"):
        assert json.loads(run("explain", trained_folder, TEXTS[0], "--json")[1])
    monkeypatch.setattr(BertHead, "explain", fail)
    code, shown = run("explain", trained_folder, TEXTS[0], "--output", tmp_path / "page.html")
    assert code == 1 and "[B390] no such method" in shown and list(tmp_path.iterdir()) == []
