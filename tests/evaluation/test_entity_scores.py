"""Scores of entities, by hand and beside spaCy."""

from hypothesis import given
from spacy.scorer import get_ner_prf
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.evaluation.entities import compare_entities
from spacy_bert_ext.evaluation.entity_scores import entity_scores
from tests.evaluation.annotated import VOCAB, make_example, wild_examples


def test_scores_by_hand() -> None:
    examples = [
        make_example(["B-A", "I-A", "O", "B-B"], ["B-A", "I-A", "O", "B-A"]),
        make_example(["B-A", "O", "O"], ["B-A", "I-A", "B-B"]),
        make_example(None, ["B-A"]),
    ]
    found = entity_scores(examples, [compare_entities(eg) for eg in examples])
    assert (found["docs"], found["docs_without_annotation"], found["predictions_without_annotation"]) == (2, 1, 0)
    assert found["errors"] == {
        "correct": 1, "type": 1, "boundary": 1, "boundary_and_type": 0, "missed": 0, "spurious": 1,
    }  # fmt: skip
    assert found["errors_per_label"]["A"]["boundary"] == 1 and found["errors_per_label"]["B"]["spurious"] == 1
    assert found["micro"]["p"] == 1 / 4 and found["micro"]["r"] == 1 / 3
    assert found["per_label"]["A"]["p"] == 1 / 3 and found["per_label"]["A"]["support"] == 2
    # Rows: gold A, B, none; columns: predicted.
    assert found["confusion"] == {"labels": ["A", "B", None], "counts": [[2, 0, 0], [1, 0, 0], [0, 1, 0]]}
    assert found["calibration"] is None
    assert [(row["tokens"], row["docs"], row["f"]) for row in found["by_length"]] == [
        ([3, 3], 1, 0.0),
        ([4, 4], 1, 0.5),
    ]


@given(wild_examples())
def test_scores_are_those_of_spacy(examples: list[Example]) -> None:
    compared = [compare_entities(eg) for eg in examples]
    if all(matches is None for matches in compared):
        return
    expected = get_ner_prf(examples)
    found = entity_scores(examples, compared)
    if expected["ents_per_type"] is None:
        assert found["micro"]["support"] == found["micro"]["predicted"] == 0
        return
    assert [found["micro"][name] for name in "prf"] == [expected[f"ents_{name}"] for name in "prf"]
    per_label = {label: {name: row[name] for name in "prf"} for label, row in found["per_label"].items()}
    assert per_label == expected["ents_per_type"]


def test_lengths_are_those_of_the_gold_docs() -> None:
    gold = Doc(VOCAB, words=["a", "b", "c"], spaces=[False] * 3, ents=["B-A", "O", "O"])
    example = Example(Doc(VOCAB, words=["abc"], ents=["O"]), gold)
    found = entity_scores([example], [compare_entities(example)])
    assert found["by_length"][0]["tokens"] == [3, 3]
