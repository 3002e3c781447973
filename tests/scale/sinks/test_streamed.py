"""JSON lines and CoNLL."""

import json
from pathlib import Path

from spacy_bert_ext.scale.columns import COLUMNS
from spacy_bert_ext.scale.sinks.streamed import Conll, JsonLines
from tests.scale.ruled import make_ruled
from tests.scale.sinks.made import written


def test_json_lines_keep_the_order_of_columns(tmp_path: Path) -> None:
    rows = [{"b": 1, "a": [], "error": None}, {"a": "é"}]
    output = written(JsonLines(), tmp_path, rows[:1], rows[1:])
    assert [json.loads(line) for line in output.read_text(encoding="utf8").splitlines()] == rows


def test_conll_has_entities_and_errors(tmp_path: Path) -> None:
    doc = COLUMNS["doc"].value(make_ruled()("Ada moved"))
    rows = [{"text": "Ada moved", "doc": doc, "error": None}, {"text": "x\udcff", "doc": None, "error": "no UTF-8"}]
    found = written(Conll("text"), tmp_path, rows[:1], rows[1:]).read_text(encoding="utf8")
    expected = '# text = Ada moved\nAda\tB-PERSON\nmoved\tO\n\n# text = x\ufffd\n# fields = {"error": "no UTF-8"}\n\n'
    assert found == expected
