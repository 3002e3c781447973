"""Spans of records."""

from pathlib import Path

import spacy

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.span_groups import SpanOptions, convert_spans
from tests.conversion.written import write_lines


def test_spans_may_overlap(tmp_path: Path) -> None:
    spans = [{"start": 0, "end": 18, "label": "ORG"}, {"start": 14, "end": 18, "label": "PLACE"}]
    rows = {"text": "University of Rome", "spans": spans}, {"text": "None", "spans": []}, {"text": "Unread"}
    source, findings = write_lines(tmp_path / "rows.jsonl", rows), Findings()
    options = SpanOptions(format="prodigy", spans_key="names")
    doc, empty = convert_spans(source, spacy.blank("en"), options, findings)
    found = [(span.text, span.label_) for span in doc.spans["names"]]
    assert found == [("University of Rome", "ORG"), ("Rome", "PLACE")]
    assert "names" in empty.spans and not empty.spans["names"]
    assert findings.counts == {"spans": 2, "texts left out": 1}
