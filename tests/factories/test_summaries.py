"""The factory of summaries."""

import spacy

from spacy_bert_ext.factories.summaries import make_bert_summarizer


def test_the_factory_tells_what_it_needs_and_sets() -> None:
    meta = spacy.blank("en").get_factory_meta("bert_summarizer")
    assert meta.requires == ["doc.sents"] and "doc.spans" in meta.assigns
    assert callable(make_bert_summarizer)
