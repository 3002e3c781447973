"""Summaries that are learned."""

from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.calibration.calibrating import calibrate
from tests.coded import raises_code
from tests.pipeline.pipelines import adamw, head_of, learn
from tests.pipeline.summaries.summarized import TEXTS, chosen, make_examples, make_summarizer


@pytest.fixture(scope="module")
def trained(bert_folder: str) -> Language:
    """Not to be changed."""
    nlp = make_summarizer(bert_folder)
    learn(nlp, make_examples(nlp, gold_sentences=True))
    return nlp


def scores(nlp: Language) -> list[list[float]]:
    return [[sentence._.summary_score for sentence in doc.sents] for doc in nlp.pipe(TEXTS)]


def test_learns_summaries_by_heart(trained: Language) -> None:
    assert [chosen(doc) for doc in trained.pipe(TEXTS)] == [[0, 3], [2], [0]]
    for of_doc, gold in zip(scores(trained), TEXTS.values()):
        assert all((score > 0.5) == (place in gold) for place, score in enumerate(of_doc))
    found = trained.evaluate(make_examples(trained))
    assert found["summary_sents_f"] == 1.0


def test_a_doc_has_the_same_scores_alone(trained: Language) -> None:
    assert [[s._.summary_score for s in trained(text).sents] for text in TEXTS] == scores(trained)


def test_it_is_saved_and_loaded(trained: Language, tmp_path: Path) -> None:
    trained.to_disk(tmp_path / "saved")
    assert scores(spacy.load(tmp_path / "saved")) == scores(trained)
    file = tmp_path / "saved" / "bert_summarizer" / "cfg"
    file.write_text(file.read_text().replace('"temperature": 1.0', '"temperature": 0'))
    with raises_code("B030", match="B012.*temperature"):
        spacy.load(tmp_path / "saved")


def test_training_is_the_same_each_time(bert_folder: str) -> None:
    found = []
    for _ in range(2):
        torch.manual_seed(1)
        nlp = make_summarizer(bert_folder, model={"dropout": 0.2})
        learn(nlp, make_examples(nlp, gold_sentences=True), steps=3)
        found.append(scores(nlp))
    assert found[0] == found[1]


def test_docs_without_the_key_are_not_annotated(bert_folder: str) -> None:
    nlp = make_summarizer(bert_folder)
    examples = make_examples(nlp, "other", gold_sentences=True)
    assert nlp.update(examples, sgd=adamw())["bert_summarizer"] == 0
    assert not head_of(nlp, "bert_summarizer").is_annotated(examples[0].reference)
    assert head_of(nlp, "bert_summarizer").is_annotated(make_examples(nlp)[0].reference)


def test_the_loss_is_the_mean_over_annotated_sentences(bert_folder: str) -> None:
    nlp = make_summarizer(bert_folder)
    head = head_of(nlp, "bert_summarizer")
    examples = [*make_examples(nlp, gold_sentences=True)[:2], make_examples(nlp, "other", gold_sentences=True)[2]]
    for eg in examples:
        spacy.pipeline.Sentencizer()(eg.predicted)
    scores = head.raw_scores([eg.predicted for eg in examples])
    logits = scores.logits.double()
    gold = torch.tensor([1, 0, 0, 1, 0, 0, 1], dtype=torch.float64)
    loss = head.get_loss(examples, scores)
    expected = torch.nn.functional.binary_cross_entropy_with_logits(logits[:7], gold)
    assert loss.value == pytest.approx(expected.item(), rel=1e-5) and loss.weight == 7
    (gradient,) = loss.gradients
    torch.testing.assert_close(gradient[:7].double(), (logits[:7].sigmoid() - gold) / 7, rtol=1e-5, atol=1e-6)
    assert gradient[7:].tolist() == [0]


def test_first_scores_are_the_share_of_gold_sentences(bert_folder: str) -> None:
    nlp = make_summarizer(bert_folder)
    assert np.concatenate(scores(nlp)).mean() == pytest.approx(4 / 8, abs=0.1)


def test_sentences_come_from_annotating_components(bert_folder: str) -> None:
    nlp = make_summarizer(bert_folder)
    with raises_code("B461", match="annotating_components"):
        nlp.update(make_examples(nlp), sgd=adamw())
    losses = nlp.update(make_examples(nlp), sgd=adamw(), annotates=["sentencizer"])
    assert losses["bert_summarizer"] > 0


def test_no_gold_is_refused(bert_folder: str) -> None:
    nlp = make_summarizer(bert_folder, initialize=False)
    with raises_code("B462", match='doc.spans."other".*spans_key.*centroid'):
        nlp.initialize(lambda: make_examples(nlp, "other"))


def test_gold_that_fits_no_sentence_is_told(bert_folder: str) -> None:
    nlp = make_summarizer(bert_folder, initialize=False)
    examples = make_examples(nlp)
    examples[0].reference.spans["summary"] = [examples[0].reference[0:2]]
    with pytest.warns(UserWarning, match=r"\[B468\] 1 of 3 gold spans.*'Angela Merkel'"):
        nlp.initialize(lambda: examples)


@pytest.mark.parametrize("weights", ["balanced", {"SUMMARY": 3.0}])
def test_gold_sentences_may_weigh_more(bert_folder: str, weights: object) -> None:
    nlp = make_summarizer(bert_folder, loss={"class_weights": weights})
    examples = make_examples(nlp, gold_sentences=True)
    examples[2].reference.spans["summary"] = []
    nlp.initialize(lambda: examples)
    expected = [5 / 3] if weights == "balanced" else [3.0]
    assert head_of(nlp, "bert_summarizer").class_weights().tolist() == pytest.approx(expected)
    assert nlp.update(examples, sgd=adamw())["bert_summarizer"] > 0


def test_balanced_weights_need_initialize(bert_folder: str) -> None:
    nlp = make_summarizer(bert_folder, initialize=False, loss={"class_weights": "balanced"})
    with raises_code("B078", match="bert_summarizer"):
        head_of(nlp, "bert_summarizer").class_weights()
    with raises_code("B076", match="OTHER"):
        make_summarizer(bert_folder, initialize=False, loss={"class_weights": {"OTHER": 2.0}})


def test_calibration(trained: Language, tmp_path: Path) -> None:
    trained.to_disk(tmp_path / "saved")
    nlp = spacy.load(tmp_path / "saved")
    examples = make_examples(nlp)
    examples[0].reference.spans["summary"] = []  # so that some are wrong
    before = scores(nlp)
    (found,) = calibrate(nlp, examples)
    assert found.name == "bert_summarizer" and found.temperature > 1 and found.loss_after < found.loss_before
    after = scores(nlp)
    for of_doc, calibrated in zip(before, after):
        odds, softer = (np.log(np.array(x) / (1 - np.array(x))) for x in (of_doc, calibrated))
        np.testing.assert_allclose(softer, odds / found.temperature, rtol=1e-3)


def test_explanations_of_sentences(trained: Language) -> None:
    doc, head = trained(next(iter(TEXTS))), head_of(trained, "bert_summarizer")
    assert head.explained_parts(doc) == list(doc.spans["summary"])
    found = head.explain(doc.spans["summary"][0], steps=4)
    assert found.label == "SUMMARY" and len(found.scores) == len(doc)
    assert found.probability == pytest.approx(doc.spans["summary"][0]._.summary_score, abs=1e-3)
    with raises_code("B464", match="Doc"):
        head.explain(doc)


def test_models_of_other_heads_are_refused(bert_folder: str) -> None:
    with raises_code("B466", match="SentenceClassifier.v1"):
        spacy.blank("en").add_pipe(
            "bert_summarizer",
            config={
                "model": {
                    "@architectures": "spacy-bert-ext.TextClassifier.v1",
                    "encoder": {"@architectures": "spacy-bert-ext.EncoderListener.v1"},
                }
            },
        )


def test_a_long_doc_is_read_in_parts(trained: Language) -> None:
    """Sentences may be cut by parts; the scores are those of any other Doc, but for rounding."""
    doc = trained(" ".join(list(TEXTS)[:2] * 60))
    assert isinstance(doc, Doc) and len(doc.spans["summary"]) == round(0.4 * len(list(doc.sents)))
