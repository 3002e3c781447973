"""A pipeline on annotated Docs: which scores count, those of labels, and what can't be scored."""

import pytest
import spacy
from spacy.language import Language
from spacy.training import Example

from spacy_bert_ext.calibration.calibrating import calibrate
from spacy_bert_ext.evaluation.reliability import reliability
from spacy_bert_ext.quantization.judging import annotate, check_annotated, halves, score
from tests.annotated import DATA, TEXTS, make_examples
from tests.calibration.test_calibrating import MIXED
from tests.coded import raises_code
from tests.evaluation.annotated import set_group
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import HEADS, make_initialized

NER, EXCLUSIVE, MULTILABEL, SPANS, *_ = HEADS


def test_halves_hold_everything_once_in_an_order_that_the_seed_decides(trained: Language) -> None:
    examples = make_examples(trained, DATA * 3)
    one, other = halves(examples, seed=0)
    assert len(one) == 5 and len(other) == 4 and {id(eg) for eg in one + other} == {id(eg) for eg in examples}
    assert [id(eg) for eg in halves(examples, seed=0)[0]] == [id(eg) for eg in one]


def test_annotations_scores_and_what_heads_claim(trained: Language) -> None:
    found = annotate(trained, make_examples(trained, MIXED), "Scoring")
    assert [annotations(eg.predicted) for eg in found.examples] == [annotations(trained(text)) for text, _ in MIXED]
    expected = trained.evaluate(make_examples(trained, MIXED))
    scores = score(trained, found.examples)
    assert set(scores.counting) == set(HEADS)
    assert scores.counting[NER] == {"ents_f": pytest.approx(expected["ents_f"])}
    assert scores.labels[NER] == {label: pytest.approx(v["f"]) for label, v in expected["ents_per_type"].items()}
    assert scores.all["ents_p"] == pytest.approx(expected["ents_p"])
    for result in calibrate(trained, make_examples(trained, MIXED)):
        claimed = found.confidences[result.name]
        assert reliability(claimed.scores_at(1.0), claimed.correct).ece == pytest.approx(result.before.ece)


def test_each_component_has_scores_of_its_own(trained: Language) -> None:
    """Though all categories have scores of the same names."""
    scores = score(trained, annotate(trained, make_examples(trained), "Scoring").examples)
    assert scores.counting[EXCLUSIVE].keys() == {"cats_score"}
    assert scores.counting[MULTILABEL].keys() == {"cats_score"}


def test_nothing_is_annotated_for_a_head(trained: Language) -> None:
    plain = [Example(trained.make_doc(text), trained.make_doc(text)) for text in TEXTS]
    with raises_code("B371", match=NER):
        check_annotated(trained, [eg.reference for eg in plain])
    check_annotated(trained, [eg.reference for eg in make_examples(trained)])


def test_nothing_is_annotated_for_a_component_of_spacys() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("tagger").add_label("NN")
    nlp.initialize()
    examples = [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in TEXTS]
    with raises_code("B371", match="tagger"):
        check_annotated(nlp, [eg.reference for eg in examples])
    with raises_code("B371", match="tagger"):
        score(nlp, annotate(nlp, examples, "Scoring").examples)


def test_spans_have_scores_by_their_key() -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("spancat", config={"spans_key": "own"})
    examples = [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in TEXTS]
    with raises_code("B371", match="spancat"):
        check_annotated(nlp, [eg.reference for eg in examples])
    for eg in examples:
        set_group(eg.reference, (0, 2, "A"), key="own")
    nlp.initialize(lambda: examples)
    check_annotated(nlp, [eg.reference for eg in examples])
    found = score(nlp, annotate(nlp, examples, "Scoring").examples)
    assert list(found.counting["spancat"]) == ["spans_own_f"] and list(found.labels["spancat"]) == ["A"]


def test_components_without_weights_need_no_annotation(trained: Language) -> None:
    trained.add_pipe("sentencizer", first=True)
    examples = make_examples(trained)
    check_annotated(trained, [eg.reference for eg in examples])
    assert set(score(trained, annotate(trained, examples, "Scoring").examples).counting) == set(HEADS)


def test_a_pipeline_without_scores(bert_folder: str) -> None:
    nlp = make_initialized(bert_folder, ())
    with raises_code("B376", match="it has: bert_encoder"):
        check_annotated(nlp, [eg.reference for eg in make_examples(nlp)])
