"""Heads in the form that transformers has for them."""

import pytest
import torch
from torch import nn

from spacy_bert_ext.heads.text_classifier import TextClassifierModule
from spacy_bert_ext.heads.token_classifier import TokenClassifierModule
from spacy_bert_ext.pipeline.exported import export_text_classifier, export_token_classifier
from tests.coded import raises_code


def module(*, casing: bool = False) -> TokenClassifierModule:
    return TokenClassifierModule(4, 3, dropout=0.1, crf=False, casing=casing)


def test_one_linear_layer_is_a_classifier() -> None:
    head = module()
    found = export_token_classifier("head", head, ["a", "b", "c"], {"decoder": ("crf", "greedy")})
    assert (found.task, found.names, found.config, found.problem_type) == (
        "token-classification",
        ["a", "b", "c"],
        None,
        None,
    )
    assert set(found.weights) == {"classifier.weight", "classifier.bias"}
    assert torch.equal(found.weights["classifier.weight"], head.output.weight)
    assert found.differences == {"decoder": ("crf", "greedy")}
    assert export_token_classifier("head", head, []).differences == {}


@pytest.mark.parametrize("other", [nn.Linear(2, 2), module(casing=True)])
def test_what_transformers_has_no_form_for_is_refused(other: nn.Module) -> None:
    with raises_code("B049" if isinstance(other, TokenClassifierModule) else "B046", match="'head'"):
        export_token_classifier("head", other, ["a", "b"])


def test_our_pooling_of_texts_has_no_form() -> None:
    with raises_code("B046", match="'head'"):
        export_text_classifier("head", TextClassifierModule(4, 2, pooling="mean", dropout=0.0), "regression")
