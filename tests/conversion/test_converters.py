"""The table of tasks."""

from typing import Any

import pytest
import spacy
from spacy.tokens import Span, SpanGroup

from spacy_bert_ext.conversion.converters import CONVERTERS, converter_of, options_of, pipeline_of
from tests.coded import raises_code


def test_labels_of_a_doc() -> None:
    doc = spacy.blank("en")("Ada saw Rome")
    doc.set_ents([Span(doc, 0, 1, "PER"), Span(doc, 2, 3, "LOC")])
    doc.spans["sc"] = SpanGroup(doc, name="sc", spans=[Span(doc, 0, 3, "ALL")])
    doc.cats = {"a": 1, "b": 0}
    found = {task: converter.labels_of(doc) for task, converter in CONVERTERS.items()}
    cats: list[str] = ["a"]
    assert found == {
        "ner": ["PER", "LOC"],
        "spans": ["ALL"],
        "textcat": cats,
        "textcat_multilabel": cats,
        "pairs": cats,
        "qa": [],
        "summaries": [],
    }
    labels_of = CONVERTERS["qa"].labels_of
    doc.spans["answers"] = []
    assert labels_of(doc) == ["without an answer"]
    doc.spans["answers"] = [Span(doc, 0, 1, "q1"), Span(doc, 2, 3, "q2")]
    assert labels_of(doc) == ["with an answer"]


@pytest.mark.parametrize(
    ("task", "given", "message"),
    [
        ("pairs", {"max_questions": 3}, "`--max-questions` means nothing for the task 'pairs'; it belongs to qa"),
        ("qa", {"labels_separator": "|"}, "`--labels-separator` .* ner, spans, textcat, textcat_multilabel"),
        ("textcat", {"number": True}, "pairs"),
    ],
)
def test_options_of_other_tasks(task: str, given: dict[str, Any], message: str) -> None:
    with raises_code("B485", match=message):
        options_of(task, given)


def test_options_of_a_task() -> None:
    assert options_of("spans", {"snap": True}).snap and options_of("spans", {}).nested
    with raises_code("B478", match="'x'.*ner, spans"):
        converter_of("x")


def test_pipelines() -> None:
    assert not pipeline_of("de", None, needs_sentences=False).pipe_names
    nlp = pipeline_of("de", None, needs_sentences=True)
    assert nlp.pipe_names == ["sentencizer"] and nlp.lang == "de" and len(nlp.make_doc("a " * 600_000)) == 600_000
