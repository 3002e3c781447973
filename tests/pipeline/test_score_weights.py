"""Scores of spans are called after the key that they stand at."""

import pytest
from spacy.lang.en import English

from spacy_bert_ext.pipeline.score_weights import default_weights


@pytest.mark.parametrize(
    ("factory", "settings", "expected"),
    [
        ("spancat", {}, "spans_sc_f"),
        ("spancat", {"spans_key": "genes"}, "spans_genes_f"),
        ("spancat_singlelabel", {"spans_key": "genes"}, "spans_genes_f"),
        ("span_ruler", {"spans_key": "sc"}, "spans_sc_f"),
        ("span_ruler", {"spans_key": None}, "spans_ruler_f"),
        ("tagger", {"spans_key": "genes"}, "tag_acc"),
    ],
)
def test_weights_go_by_the_key(factory: str, settings: dict, expected: str) -> None:
    found = default_weights(English.get_factory_meta(factory), settings)
    assert [name for name, weight in found.items() if weight] == [expected]


def test_a_factory_without_weights_has_none() -> None:
    assert default_weights(English.get_factory_meta("token_splitter"), {}) == {}
