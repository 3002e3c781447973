"""Classifiers of transformers that are taken apart, and those that can't be."""

import pytest
import torch
from transformers import (
    XLNetConfig,
    XLNetForSequenceClassification,
)

from spacy_bert_ext.huggingface.classifiers import load_classifier
from spacy_bert_ext.huggingface.head import ClassifierHead
from spacy_bert_ext.huggingface.loading import load_checkpoint
from spacy_bert_ext.huggingface.parts import answer_layer, new_classifier, take_apart
from tests.checkpoints.classifiers import TAGS, make_classifier
from tests.coded import raises_code


def test_heads_that_read_something_else_than_the_encoders_vectors_are_refused():
    # XLNet's takes the vector of a window's last piece.
    config = XLNetConfig(
        vocab_size=50, d_model=16, n_layer=1, n_head=2, d_inner=16, num_labels=3, initializer_range=0.5
    )
    with raises_code("B038"):
        take_apart(XLNetForSequenceClassification(config), "text-classification")


@pytest.mark.parametrize("architecture", ["bert", "roberta", "distilbert", "electra"])
@pytest.mark.parametrize("task", ["token-classification", "text-classification"])
def test_the_parts_give_what_the_whole_gives(tmp_path, architecture, task):
    model, tokenizer, _ = load_classifier(make_classifier(tmp_path, architecture, task, TAGS))
    inputs = tokenizer("the president of Germany", return_tensors="pt")
    with torch.no_grad():
        expected = model.eval()(**inputs).logits
        encoder, classifier, window_pooling = take_apart(model, task)
        states = encoder(input_ids=inputs["input_ids"], attention_mask=inputs["attention_mask"]).last_hidden_state
        found = ClassifierHead(classifier).logits(states, is_train=False)
    assert window_pooling == "first"
    torch.testing.assert_close(found, expected, atol=1e-5, rtol=0)


def test_a_new_classifier_has_the_pooler_of_the_encoder(bert_folder):
    checkpoint = load_checkpoint(bert_folder)
    classifier, window_pooling = new_classifier(checkpoint, "text-classification", 3)
    assert window_pooling == "first" and classifier.config.num_labels == 3
    assert torch.equal(classifier.bert.pooler.dense.weight, checkpoint.module.pooler.dense.weight)
    assert classifier.config.architectures == ["BertForSequenceClassification"]
    assert classifier.config.num_hidden_layers == checkpoint.module.config.num_hidden_layers


@pytest.mark.parametrize("architecture", ["bert", "roberta", "distilbert", "electra", "deberta-v2"])
def test_the_layer_of_a_head_that_answers_questions(tmp_path, architecture):
    folder = make_classifier(tmp_path, architecture, "question-answering", ["LABEL_0", "LABEL_1"])
    model, tokenizer, task = load_classifier(folder)
    inputs = tokenizer("What is it", "the weather", return_tensors="pt")
    with torch.no_grad():
        expected = model.eval()(**inputs)
        encoder, classifier, window_pooling = take_apart(model, task)
        logits = answer_layer(classifier, folder)(encoder(**inputs).last_hidden_state)
    torch.testing.assert_close(logits, torch.stack([expected.start_logits, expected.end_logits], -1))
    assert (task, window_pooling) == ("question-answering", "first")


def test_a_head_that_answers_by_more_than_one_layer_is_refused(tmp_path):
    folder = make_classifier(tmp_path, "bert", "question-answering", ["LABEL_0", "LABEL_1"])
    model, _, task = load_classifier(folder)
    model.qa_outputs = torch.nn.Sequential(torch.nn.Tanh(), model.qa_outputs)
    classifier = take_apart(model, task).classifier
    with raises_code("B442", match="BertForQuestionAnswering"):
        answer_layer(classifier, folder)
