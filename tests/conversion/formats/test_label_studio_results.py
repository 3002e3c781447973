"""Results of annotations."""

from spacy_bert_ext.conversion.findings import Findings
from spacy_bert_ext.conversion.formats.label_studio_results import results_of, spans_of
from spacy_bert_ext.conversion.formats.options import ReadOptions
from spacy_bert_ext.conversion.formats.spans import FoundSpan


def test_each_label_of_a_region_is_a_span() -> None:
    value = {"start": 0, "end": 3, "text": "Ada", "labels": ["A", "B"]}
    assert spans_of(value, 0.5) == [FoundSpan(0, 3, "A", 0.5, "Ada"), FoundSpan(0, 3, "B", 0.5, "Ada")]
    assert spans_of({"start": 0, "end": 3}) == [FoundSpan(0, 3, None)]


def test_what_was_there_is_known_even_if_nothing_is_kept() -> None:
    found = results_of("here", [{"type": "choices", "value": {"choices": []}}], ReadOptions(), Findings())
    assert found.has_choices and not found.has_spans and found.choices == []
