"""What all factories have in common is tested in `tests/test_factories.py`."""

import pytest
import spacy

from spacy_bert_ext.factories.spans import SINGLELABEL, SPANCAT
from spacy_bert_ext.pipeline.spans.kinds import IndependentLabels, OneLabel


@pytest.mark.parametrize(
    ("factory", "settings", "kind"),
    [("bert_spancat", SPANCAT, IndependentLabels), ("bert_spancat_singlelabel", SINGLELABEL, OneLabel)],
)
def test_each_factory_makes_its_kind(factory, settings, kind):
    head = spacy.blank("en").add_pipe(factory)
    assert isinstance(head.kind, kind)
    assert head.cfg["spans_key"] == settings["spans_key"]
