"""`get_loss(examples, predict(docs))` gives the loss of what the model gives, as with spaCy's heads."""

import numpy as np
import pytest
from spacy.language import Language

from tests.annotated import DATA, make_examples
from tests.coded import raises_code
from tests.pipeline.pipelines import HEADS, head_of, make_initialized


@pytest.mark.parametrize("temperature", [1.0, 2.5])
@pytest.mark.parametrize("head", HEADS)
def test_of_a_prediction(shared_trained: Language, head: str, temperature: float) -> None:
    pipe = head_of(shared_trained, head)
    examples = make_examples(shared_trained, [*DATA, ("Real Madrid visited order", {"cats": {"news": 1.0}}), ("", {})])
    docs = [eg.predicted for eg in examples]
    expected = pipe.get_loss(examples, pipe.raw_scores(docs))
    pipe.cfg["temperature"] = temperature
    try:
        loss, gradients, weight = pipe.get_loss(examples, pipe.predict(docs))
    finally:
        pipe.cfg["temperature"] = 1.0
    assert loss == pytest.approx(expected.value, rel=1e-4) and expected.value > 0
    assert weight == expected.weight and len(gradients) == len(expected.gradients)


@pytest.mark.parametrize("decoder", ["greedy", "constrained", "crf"])
def test_entities_that_are_dropped_change_nothing(bert_folder: str, decoder: str) -> None:
    nlp = make_initialized(bert_folder, ())
    pipe = nlp.add_pipe("bert_ner", config={"decoder": decoder, "min_score": 0.9})
    pipe.initialize(lambda: make_examples(nlp))
    examples = make_examples(nlp)
    docs = [eg.predicted for eg in examples]
    assert pipe.get_loss(examples, pipe.predict(docs)).value == pipe.get_loss(examples, pipe.raw_scores(docs)).value


def test_of_probabilities_worked_out_by_hand(shared_trained: Language) -> None:
    examples = make_examples(shared_trained)[:1]  # news
    places = [head_of(shared_trained, "bert_textcat").labels.index(label) for label in ("news", "sport", "order")]
    scores = np.zeros((1, 3), np.float32)
    scores[0, places] = [0.5, 0.2, 0.3]
    of_one = head_of(shared_trained, "bert_textcat").get_loss(examples, scores)
    assert of_one.value == pytest.approx(-np.log(0.5))
    of_all = head_of(shared_trained, "bert_textcat_multilabel").get_loss(examples, scores)
    assert of_all.value == pytest.approx(-np.log([0.5, 0.8, 0.7]).mean())


def test_certain_and_wrong(shared_trained: Language) -> None:
    examples = make_examples(shared_trained)[:1]
    for head in ("bert_textcat", "bert_textcat_multilabel"):
        pipe = head_of(shared_trained, head)
        wrong = np.array([[float(label != "news") for label in pipe.labels]], np.float32)
        assert 15 < pipe.get_loss(examples, wrong).value < 100


@pytest.mark.parametrize("head", HEADS)
def test_scores_of_something_else_are_refused(shared_trained: Language, head: str) -> None:
    pipe = head_of(shared_trained, head)
    examples = make_examples(shared_trained)
    docs = [eg.predicted for eg in examples]
    for scores in (None, pipe.predict(docs[:2]), pipe.raw_scores(docs[1:])):
        with raises_code("B113", match=head):
            pipe.get_loss(examples, scores)
