"""Records of Docs."""

import spacy
from spacy.tokens import Doc, Span, SpanGroup

from spacy_bert_ext.conversion.records import Mark, Words
from spacy_bert_ext.conversion.records_of_docs import categorized, marked_entities, marked_spans, records_of_docs
from spacy_bert_ext.pipeline.scores import SCORE, SCORE_IN_GROUP, add_scores


def made() -> Doc:
    doc = spacy.blank("en")("Ada saw\n\n Rome.")
    doc.set_ents([Span(doc, 0, 1, "PER"), Span(doc, 3, 4, "LOC")])
    add_scores(doc, [(3, 3, "LOC", 0.75)], SCORE)
    doc.spans["sc"] = SpanGroup(doc, name="sc", spans=[Span(doc, 0, 4, "ALL"), Span(doc, 0, 1, "PER")])
    add_scores(doc, [(0, 3, "ALL", 0.5)], SCORE_IN_GROUP)
    doc.cats = {"a": 0.25, "b": 0.75}
    doc.user_data.update({"document_id": "letters", "source": {"id": 7}})
    return doc


def test_what_stands_on_a_doc() -> None:
    (record,) = records_of_docs([made()], "file", marked_entities)
    assert record.marks == (Mark(0, 3, "PER", None), Mark(10, 14, "LOC", 0.75)) and record.cats is None
    assert (record.place, record.text) == ("file, Doc 1", "Ada saw\n\n Rome.")
    assert record.words == Words(("Ada", "saw", "\n\n ", "Rome", "."), (True, False, False, False, False))
    assert (record.document, record.fields) == ("letters", {"id": 7})
    (record,) = records_of_docs([made()], "file", marked_spans("sc"))
    assert record.marks == (Mark(0, 14, "ALL", 0.5), Mark(0, 3, "PER", None))
    (record,) = records_of_docs([made()], "file", categorized)
    assert record.cats == {"a": 0.25, "b": 0.75} and record.marks is None


def test_columns_that_apply_has_kept_are_fields() -> None:
    doc = spacy.blank("en")("Ada")
    doc.user_data.update(
        {"id": 7, "list": [1], "document_id": "a", "source": {"url": "x"}, ("._.", "a", None, None): 1}
    )
    (record,) = records_of_docs([doc], "file", marked_entities)
    assert record.fields == {"id": 7, "url": "x"} and record.document == "a"
    doc.user_data["source"] = "web"  # not ours
    (record,) = records_of_docs([doc], "file", marked_entities)
    assert record.fields == {"id": 7, "source": "web"}


def test_docs_that_say_nothing() -> None:
    doc = spacy.blank("en")("Ada")
    for annotation in (marked_entities, marked_spans("sc"), categorized):
        (record,) = records_of_docs([doc], "file", annotation)
        assert record.marks is None and record.cats is None and record.document is None
    doc.set_ents([])
    (record,) = records_of_docs([doc], "file", marked_entities)
    assert record.marks == ()
