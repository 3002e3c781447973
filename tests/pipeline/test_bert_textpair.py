"""Categories of pairs: learning, evaluation, commands. What all heads of pairs have is in `pairs/test_head.py`."""

import warnings

import numpy as np
import pytest
import spacy
import torch

from spacy_bert_ext.calibration.calibrating import calibrate
from spacy_bert_ext.evaluation.report import evaluate
from tests.coded import raises_code
from tests.pipeline.pairs.paired import (
    BEST,
    BORDER,
    PAIRS,
    best_of,
    make_initialized_pairs,
    make_pair_nlp,
    paired_docs,
    paired_examples,
)
from tests.pipeline.pipelines import encoder_of, head_of, learn, make_nlp


@pytest.mark.parametrize("border", [None, BORDER])
@pytest.mark.parametrize("pooling", ["cls", "mean", "max", "attention", "pooler"])
def test_learns_pairs_by_heart(bert_folder, pooling, border):
    nlp = make_initialized_pairs(bert_folder, model={"pooling": pooling}, border=border)
    learn(nlp, paired_examples(nlp, border))
    assert best_of(list(nlp.pipe(paired_docs(nlp, border)))) == BEST
    assert nlp.evaluate(paired_examples(nlp, border))["cats_score"] == 1.0
    scores = head_of(nlp, "bert_textpair").predict_pairs(PAIRS)
    assert [max(row, key=row.get) for row in scores] == BEST
    assert all(sum(row.values()) == pytest.approx(1) for row in scores)


@pytest.mark.parametrize("kind", ["roberta", "distilbert", "modernbert"])
def test_learns_with_every_kind_of_checkpoint(checkpoints, kind):
    nlp = make_initialized_pairs(checkpoints[kind])
    learn(nlp, paired_examples(nlp))
    assert best_of(list(nlp.pipe(paired_docs(nlp)))) == BEST


def test_learns_beside_heads_of_docs(bert_folder):
    nlp = make_nlp(bert_folder, ("bert_ner",))
    nlp.add_pipe("bert_textpair")
    examples = paired_examples(nlp)
    for eg in examples:
        eg.reference.ents = [eg.reference.char_span(0, len(eg.reference[0]), "FIRST")]
    nlp.initialize(lambda: examples)
    learn(nlp, examples)
    docs = list(nlp.pipe(paired_docs(nlp)))
    assert best_of(docs) == BEST and all(doc.ents[0].start == 0 for doc in docs)


def test_training_is_bit_equal(bert_folder):
    found = []
    for _ in range(2):
        spacy.util.fix_random_seed(0)
        nlp = make_initialized_pairs(bert_folder)
        learn(nlp, paired_examples(nlp), steps=5)
        found.append(head_of(nlp, "bert_textpair").predict_pairs(PAIRS))
    assert found[0] == found[1]


def test_the_encoder_makes_no_vectors_of_docs(bert_folder):
    nlp = make_initialized_pairs(bert_folder)
    assert not encoder_of(nlp).reads_docs


def test_is_saved_and_loaded(bert_folder, tmp_path):
    nlp = make_initialized_pairs(bert_folder, border=BORDER)
    nlp.to_disk(tmp_path)
    again = spacy.load(tmp_path)
    head = head_of(again, "bert_textpair")
    assert head.border == BORDER and head.labels == ("fails", "fits") and not encoder_of(again).reads_docs
    assert head.predict_pairs(PAIRS) == head_of(nlp, "bert_textpair").predict_pairs(PAIRS)
    assert head_of(nlp.from_bytes(nlp.to_bytes()), "bert_textpair").predict_pairs(PAIRS) == head.predict_pairs(PAIRS)


def test_processes_predict_the_same(bert_folder):
    nlp = make_initialized_pairs(bert_folder)
    alone, together = (list(nlp.pipe(paired_docs(nlp), n_process=n, batch_size=2)) for n in (1, 2))
    assert [doc.cats for doc in alone] == [doc.cats for doc in together]


def test_losses_of_predictions_are_those_of_logits(bert_folder):
    nlp = make_initialized_pairs(bert_folder)
    head, examples = head_of(nlp, "bert_textpair"), paired_examples(nlp)
    docs = [eg.reference for eg in examples]
    losses = [head.get_loss(examples, scores).value for scores in (head.predict(docs), head.raw_scores(docs))]
    assert losses[0] == pytest.approx(losses[1], abs=1e-6)


def test_categories_and_labels(bert_folder):
    nlp = make_initialized_pairs(bert_folder)
    head = head_of(nlp, "bert_textpair")
    learn(nlp, paired_examples(nlp))
    assert head.categories(nlp(paired_docs(nlp)[0])) == ["fits"]
    assert head.add_label("perhaps") == 1
    assert head.predict_pairs(PAIRS[:1])[0]["perhaps"] < 0.01
    assert head.categories(nlp.make_doc("one text")) == []
    with raises_code("B087"):
        head.categories(paired_docs(nlp)[0])


def test_only_docs_with_pairs_count(bert_folder):
    nlp = make_pair_nlp(bert_folder)
    other = paired_examples(nlp)[0]
    other.reference.cats = {"other": 3.0}  # of another component, perhaps
    del other.reference.user_data[("._.", "pair", None, None)]
    examples = [other, *paired_examples(nlp)]
    nlp.initialize(lambda: examples)
    head = head_of(nlp, "bert_textpair")
    assert head.labels == ("fails", "fits")
    summary = head.summarize_gold(examples)
    assert summary.counts == {"fails": 2, "fits": 2} and summary.n_unannotated == 1
    assert not head.is_annotated(other.reference) and head.is_annotated(examples[1].reference)
    assert head.gold_categories(examples).shape == (4, 2)


def test_the_report_and_calibration_read_pairs(bert_folder):
    nlp = make_initialized_pairs(bert_folder)
    learn(nlp, paired_examples(nlp))
    report = evaluate(nlp, paired_examples(nlp))
    assert report.scores["categories"]["bert_textpair"]["confusion"]["counts"] == [[2, 0, 0], [0, 2, 0], [0, 0, 0]]
    before = head_of(nlp, "bert_textpair").predict_pairs(PAIRS)
    calibrate(nlp, paired_examples(nlp))
    assert head_of(nlp, "bert_textpair").predict_pairs(PAIRS) != before


def test_stale_scores_are_no_gold(bert_folder):
    """A Doc that loses its pair keeps what it had: other components may have set it."""
    nlp = make_initialized_pairs(bert_folder)
    doc = nlp(paired_docs(nlp)[0])
    cats, doc._.pair = dict(doc.cats), None
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert nlp(doc).cats == cats


def test_scores_of_nothing(bert_folder):
    nlp = make_initialized_pairs(bert_folder)
    head = head_of(nlp, "bert_textpair")
    assert head.raw_scores([]).shape == (0, 2) and head.predict([]).shape == (0, 2)
    assert isinstance(head.raw_scores([]), torch.Tensor) and isinstance(head.predict([]), np.ndarray)
