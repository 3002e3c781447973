"""Numbers of pairs: learning, gold, commands. What all heads of pairs have is in `pairs/test_head.py`."""

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language

from spacy_bert_ext.calibration.calibrating import calibrate
from spacy_bert_ext.evaluation.report import evaluate
from tests.coded import raises_code
from tests.pipeline.pairs.paired import (
    BORDER,
    NUMBERS,
    PAIRS,
    make_initialized_pairs,
    make_pair_nlp,
    paired_docs,
    paired_examples,
)
from tests.pipeline.pipelines import head_of, learn

NAME = "bert_textpair_score"


@pytest.fixture(scope="module")
def nlp(bert_folder) -> Language:
    return make_initialized_pairs(bert_folder, NAME)


@pytest.mark.parametrize("border", [None, BORDER])
@pytest.mark.parametrize("score_range", [[0, 1], [-1.0, 3.0], None])
def test_learns_numbers_by_heart(bert_folder, score_range, border):
    nlp = make_initialized_pairs(bert_folder, NAME, score_range=score_range, border=border)
    learn(nlp, paired_examples(nlp, border), steps=80)
    docs = list(nlp.pipe(paired_docs(nlp, border)))
    assert [doc._.pair_score for doc in docs] == pytest.approx(NUMBERS, abs=0.25)
    assert head_of(nlp, NAME).predict_pairs(PAIRS) == pytest.approx([doc._.pair_score for doc in docs], abs=1e-4)
    scores = nlp.evaluate(paired_examples(nlp, border))
    assert scores["pair_score_spearman"] > 0.7 and scores["pair_score_pearson"] > 0.9
    assert scores["pair_score_mse"] < 0.06


@pytest.mark.parametrize(("score_range", "expected"), [([0, 1], 3 / 6), ([0, 2], 2 * 2 / 6), (None, 0.5)])
def test_new_weights_begin_with_the_mean(bert_folder, score_range, expected):
    """The mean of the numbers is 0.5; in a range each of its ends counts once more."""
    nlp = make_initialized_pairs(bert_folder, NAME, score_range=score_range)
    bias = head_of(nlp, NAME).shim.module.output.bias.detach()[None]
    assert head_of(nlp, NAME).kind.numbers(bias).item() == pytest.approx(expected)


def test_is_saved_and_loaded(bert_folder, tmp_path):
    nlp = make_initialized_pairs(bert_folder, NAME, score_range=[0, 5])
    nlp.to_disk(tmp_path)
    head = head_of(spacy.load(tmp_path), NAME)
    assert head.predict_pairs(PAIRS) == head_of(nlp, NAME).predict_pairs(PAIRS)
    assert head.kind == head_of(nlp, NAME).kind


@pytest.mark.parametrize("found", [2.0, -0.1, "1", True, float("nan")])
def test_what_is_no_number_in_the_range_is_refused(bert_folder, found):
    nlp = make_pair_nlp(bert_folder, NAME)
    examples = paired_examples(nlp)
    examples[1].reference._.pair_score = found
    with raises_code("B456", match=f"'{NAME}' learns numbers from 0 to 1.*{found!r}.*order two"):
        nlp.initialize(lambda: examples)


def test_pairs_without_numbers_are_refused(bert_folder):
    nlp = make_pair_nlp(bert_folder, NAME)
    examples = paired_examples(nlp)
    for eg in examples:
        eg.reference._.pair_score = None
    with raises_code("B024", match="pair_score"):
        nlp.initialize(lambda: examples)


def test_pairs_without_numbers_are_not_learned(nlp):
    examples = paired_examples(nlp)
    for eg in examples[1:]:
        eg.reference._.pair_score = None
    head = head_of(nlp, NAME)
    loss = head.get_loss(examples, torch.zeros(4, 1))
    assert loss.weight == 1 and loss.gradients[0][1:].abs().sum() == 0
    summary = head.summarize_gold(examples)
    assert summary.counts == {"score": 1} and summary.n_unannotated == 3
    assert head.is_annotated(examples[0].reference) and not head.is_annotated(examples[1].reference)
    assert head.summarize_gold(examples[1:]).counts == {}


@pytest.mark.parametrize("score_range", [[0, 2], None])
def test_losses_of_predictions_are_those_of_outputs(bert_folder, score_range):
    nlp = make_initialized_pairs(bert_folder, NAME, score_range=score_range)
    head, examples = head_of(nlp, NAME), paired_examples(nlp)
    docs = [eg.reference for eg in examples]
    losses = [head.get_loss(examples, scores).value for scores in (head.predict(docs), head.raw_scores(docs))]
    assert losses[0] == pytest.approx(losses[1], abs=1e-5)


@pytest.mark.parametrize("scores", [np.zeros(3), torch.zeros(4), None])
def test_scores_of_another_shape_are_refused(nlp, scores):
    with raises_code("B113", match=NAME):
        head_of(nlp, NAME).get_loss(paired_examples(nlp), scores)


def test_it_has_no_categories(nlp):
    assert head_of(nlp, NAME).add_label("score") == 0
    with raises_code("B457", match="'fits'"):
        head_of(nlp, NAME).add_label("fits")


def test_a_loss_of_categories_is_refused(bert_folder):
    with raises_code("B458", match="label_smoothing"):
        make_pair_nlp(bert_folder, NAME, loss={"label_smoothing": 0.1})


def test_the_report_has_its_numbers(nlp):
    report = evaluate(nlp, paired_examples(nlp))
    numbers = report.scores["others"][NAME]["numbers"]
    assert list(numbers) == ["pair_score_spearman", "pair_score_pearson", "pair_score_mse"]


def test_a_number_claims_nothing_that_could_be_calibrated(nlp):
    with raises_code("B300", match=f"'{NAME}' has no answer.*confidence"):
        calibrate(nlp, paired_examples(nlp), components=[NAME])


def test_the_number_is_explained(nlp):
    doc = nlp(paired_docs(nlp)[0])
    explanation = head_of(nlp, NAME).explain(doc, "score")
    assert 1 / (1 + np.exp(-explanation.value)) == pytest.approx(doc._.pair_score, abs=1e-3)
    with raises_code("B391", match="'fits'"):
        head_of(nlp, NAME).explain(doc, "fits")
