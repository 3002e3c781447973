"""Predicted entities on Docs, alone and beside those that are there."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc, Span

from spacy_bert_ext.pipeline.entities.writing import PredictedEntities, write_entities
from spacy_bert_ext.pipeline.scores import define_score, set_score

LABELS = ("A", "B")


@pytest.fixture(autouse=True)
def _score() -> None:
    define_score()


def predicted(*entities: tuple[int, int, int, float]) -> PredictedEntities:
    """First and last token, counted over all Docs; label; score."""
    columns = list(zip(*entities)) or [(), (), (), ()]
    first, last, label = (np.array(column, dtype=np.int64) for column in columns[:3])
    return PredictedEntities(first, last, label, np.array(columns[3], dtype=np.float64))


def written(docs: list[Doc], entities: PredictedEntities, *, overwrite: bool = False) -> list[list[tuple]]:
    write_entities(docs, entities, LABELS, docs[0].vocab.strings, overwrite=overwrite)
    return [[(span.start, span.end, span.label_, span._.score) for span in doc.ents] for doc in docs]


def docs(*lengths: int) -> list[Doc]:
    vocab = spacy.blank("en").vocab
    return [Doc(vocab, words=["w"] * length) for length in lengths]


def test_tokens_are_counted_over_all_docs() -> None:
    found = written(docs(3, 0, 2), predicted((1, 2, 0, 0.9), (3, 3, 1, 0.8), (4, 4, 1, 0.7)))
    assert found == [[(1, 3, "A", 0.9)], [], [(0, 1, "B", 0.8), (1, 2, "B", 0.7)]]


def test_docs_without_entities_are_annotated_as_such() -> None:
    (doc,) = docs(2)
    assert written([doc], predicted()) == [[]]
    assert [token.ent_iob_ for token in doc] == ["O", "O"]


def test_what_is_there_stays_with_its_score_unless_it_is_overwritten() -> None:
    (doc,) = docs(4)
    doc.ents = [Span(doc, 0, 2, "X", kb_id="Q1")]
    set_score(doc.ents[0], 0.5)
    both = predicted((1, 2, 0, 0.9), (3, 3, 1, 0.8))
    assert written([doc], both) == [[(0, 2, "X", 0.5), (3, 4, "B", 0.8)]]
    assert written([doc], both, overwrite=True) == [[(1, 3, "A", 0.9), (3, 4, "B", 0.8)]]
    assert [token.ent_kb_id_ for token in doc] == [""] * 4
