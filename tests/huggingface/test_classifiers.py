"""Fine-tuned checkpoints: read whole, or put together."""

import pytest
import torch
from transformers import (
    CLIPTextConfig,
)

from spacy_bert_ext.huggingface.classifiers import assemble_classifier, classifier_class, load_classifier
from tests.checkpoints.classifiers import TAGS, make_classifier
from tests.coded import raises_code


def test_architectures_that_transformers_has_no_head_for():
    with raises_code("B037"):
        classifier_class(CLIPTextConfig(), "token-classification")


@pytest.mark.parametrize("task", ["token-classification", "text-classification"])
def test_encoder_and_head_are_put_together_as_they_were(tmp_path, task):
    model, tokenizer, found = load_classifier(make_classifier(tmp_path, "bert", task, TAGS))
    assert found == task and tokenizer.is_fast
    weights = {name: weight for name, weight in model.state_dict().items() if name.startswith("classifier.")}
    pooler = {name: weight for name, weight in model.state_dict().items() if ".pooler." in name}
    whole = assemble_classifier(model.config, task, encoder=model.bert, head_weights={**weights, **pooler}, name="head")
    assert type(whole) is type(model)
    assert all(torch.equal(weight, model.state_dict()[name]) for name, weight in whole.state_dict().items())


@pytest.mark.parametrize("changed", [{"classifier.bias": None}, {"classifier.other": torch.zeros(1)}])
def test_a_head_of_other_weights_is_refused(tmp_path, changed):
    model, _, task = load_classifier(make_classifier(tmp_path, "bert", "token-classification", TAGS))
    weights = {name: weight for name, weight in model.state_dict().items() if name.startswith("classifier.")}
    weights = {name: weight for name, weight in {**weights, **changed}.items() if weight is not None}
    with raises_code("B046", match="'head'.*BertForTokenClassification"):
        assemble_classifier(model.config, task, encoder=model.bert, head_weights=weights, name="head")
