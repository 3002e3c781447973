"""Heads of transformers on vectors that are given."""

import pytest
import torch
from torch import nn

from spacy_bert_ext.huggingface.head import ClassifierHead
from spacy_bert_ext.huggingface.loading import load_checkpoint
from spacy_bert_ext.huggingface.parts import new_classifier
from tests.coded import raises_code
from tests.tiny import WIDTH


@pytest.fixture
def head(bert_folder) -> ClassifierHead:
    return ClassifierHead(new_classifier(load_checkpoint(bert_folder), "token-classification", 3)[0])


def test_predicting_has_no_dropout_and_training_has(head):
    vectors = torch.ones(1, 4, WIDTH)
    assert head.model.training
    assert torch.equal(head.logits(vectors, is_train=False), head.logits(vectors, is_train=False))
    assert not torch.equal(head.logits(vectors, is_train=True), head.logits(vectors, is_train=True))
    assert (head.width, head.n_outputs) == (WIDTH, 3)


def test_both_trees_have_the_same_weights_wherever_they_are(head):
    vectors = torch.ones(1, 2, WIDTH)
    before = head.logits(vectors, is_train=False)
    with torch.no_grad():
        head.model.classifier.bias += 1
    torch.testing.assert_close(head.logits(vectors, is_train=False), before + 1)
    assert head.double().logits(vectors.double(), is_train=False).dtype == torch.float64


def test_another_output_layer_keeps_the_names_that_there_are(head):
    head.set_names(["a", "b", "c"])
    head.replace_output(lambda last: nn.Linear(last.in_features, 4), ["x", "y", "z", "new"])
    assert head.names() == ["a", "b", "c", "new"] and head.n_outputs == 4
    assert head.logits(torch.ones(1, 2, WIDTH), is_train=False).shape == (1, 2, 4)


def test_a_head_that_is_not_linear_at_its_end_is_refused(head):
    head.model.after = nn.Linear(3, 2)
    with raises_code("B023"):
        head.replace_output(lambda last: last, ["a", "b", "c"])
