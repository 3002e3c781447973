"""Predicted spans on Docs."""

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc, Span

from spacy_bert_ext.pipeline.scores import add_scores, define_score, drop_scores
from spacy_bert_ext.pipeline.spans.writing import write_spans
from spacy_bert_ext.spans.decoding import PredictedSpans

define_score()


def write(docs: list[Doc], *spans: tuple[int, int, int, float], key: str = "sc") -> None:
    first, last, label, score = zip(*spans) if spans else ((), (), (), ())
    numbers = (np.array(array, dtype=np.int64) for array in (first, last, label))
    write_spans(docs, PredictedSpans(*numbers, np.array(score)), ["X", "Y"], key=key)


def listed(doc: Doc, key: str = "sc") -> list[tuple[str, str, float]]:
    return [(span.text, span.label_, span._.score) for span in doc.spans[key]]


def test_spans_stand_in_their_docs_with_their_scores(nlp: Language) -> None:
    docs = [nlp.make_doc("a b"), nlp.make_doc(""), nlp.make_doc("c d e")]
    write(docs, (0, 1, 0, 0.5), (0, 1, 1, 0.75), (2, 4, 0, 0.25), (3, 3, 1, 1.0))
    assert [listed(doc) for doc in docs] == [
        [("a b", "X", 0.5), ("a b", "Y", 0.75)],
        [],
        [("c d e", "X", 0.25), ("d", "Y", 1.0)],
    ]
    for doc in docs:
        assert doc.spans["sc"].name == "sc"
        scores = doc.spans["sc"].attrs["scores"]
        assert scores.dtype == np.float32 and scores.tolist() == [span._.score for span in doc.spans["sc"]]


def test_a_group_is_replaced_with_its_scores(nlp: Language) -> None:
    doc = nlp.make_doc("a b c")
    write([doc], (0, 1, 0, 0.5), (2, 2, 0, 0.75))
    kept = doc.spans["sc"][0]
    doc.ents = [Span(doc, 2, 3, label="X")]
    write([doc], (1, 1, 1, 0.25))
    assert listed(doc) == [("b", "Y", 0.25)]
    assert kept._.score is None
    assert doc.ents[0]._.score is None


def test_groups_of_other_keys_stay(nlp: Language) -> None:
    doc = nlp.make_doc("a b c")
    write([doc], (0, 1, 0, 0.5), key="other")
    write([doc], (2, 2, 0, 0.75))
    assert listed(doc, "other") == [("a b", "X", 0.5)] and listed(doc) == [("c", "X", 0.75)]


def test_scores_survive_json(nlp: Language) -> None:
    doc = nlp.make_doc("a b c")
    write([doc], (0, 1, 0, 0.5), (0, 1, 1, 0.75), (2, 2, 0, 0.25))
    again = Doc(nlp.vocab).from_json(doc.to_json(underscore=["score_in_group"]))
    assert listed(again) == listed(doc) == [("a b", "X", 0.5), ("a b", "Y", 0.75), ("c", "X", 0.25)]


def test_spans_survive_bytes(nlp: Language) -> None:
    doc = nlp.make_doc("a b c")
    write([doc], (0, 1, 0, 0.5))
    again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert listed(again) == [("a b", "X", 0.5)] and again.spans["sc"].attrs["scores"].tolist() == [0.5]


def test_an_entity_keeps_its_score_beside_a_span(nlp: Language) -> None:
    doc = nlp.make_doc("a b c")
    doc.ents = [Span(doc, 0, 2, label="X")]
    add_scores(doc, [(0, 1, "X", 0.25)])
    write([doc], (0, 1, 0, 0.75), (2, 2, 0, 0.5))
    assert doc.ents[0]._.score == 0.25 and doc.spans["sc"].attrs["scores"].tolist() == [0.75, 0.5]
    drop_scores(doc, ["X"])
    assert [span._.score for span in doc.spans["sc"]] == [0.75, 0.5]
    add_scores(doc, [(0, 1, "X", 0.25)])
    write([doc])
    assert doc.ents[0]._.score == 0.25


def test_a_span_of_two_groups_keeps_its_score_in_one(nlp: Language) -> None:
    doc = nlp.make_doc("a b c")
    write([doc], (0, 1, 0, 0.5), (2, 2, 0, 0.75), key="other")
    write([doc], (0, 1, 0, 0.25))
    write([doc])
    assert [span._.score for span in doc.spans["other"]] == [0.25, 0.75]
    write([doc], key="other")
    assert not doc.user_data
