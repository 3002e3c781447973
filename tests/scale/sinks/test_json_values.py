"""Any value becomes JSON that other programs read."""

import datetime
import json

from spacy_bert_ext.scale.sinks.json_values import json_line, json_text


def test_values_that_json_does_not_know() -> None:
    row = {
        "text": "é\ud83d",
        "doc": b"\x00\xff",
        "when": datetime.date(2026, 1, 2),
        "nested": [{"x": float("nan")}, 1e9],
    }
    line = json_line(row)
    assert line.endswith(b"\n") and b"NaN" not in line
    assert json.loads(line) == {"text": "é\ufffd", "doc": "AP8=", "when": "2026-01-02", "nested": [{"x": None}, 1e9]}
    assert json_text(["a", None, float("inf")]) == '["a", null, null]'
