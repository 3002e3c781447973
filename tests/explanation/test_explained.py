import pytest
import torch

from spacy_bert_ext.explanation.explained import log_odds_of, place_of
from tests.coded import raises_code


def test_sigmoid_of_log_odds_is_the_probability():
    logits = torch.randn(4, 3)
    assert torch.allclose(log_odds_of(logits, 1).sigmoid(), logits.softmax(1)[:, 1], atol=1e-6)
    places = torch.tensor([0, 2, 1, 0])
    expected = logits.softmax(1).gather(1, places[:, None])[:, 0]
    assert torch.allclose(log_odds_of(logits, places).sigmoid(), expected, atol=1e-6)


def test_log_odds_where_the_model_is_sure():
    logits = torch.tensor([[80.0, -80.0]], requires_grad=True)
    log_odds = log_odds_of(logits, 0)
    assert log_odds.item() == pytest.approx(160.0)
    log_odds.sum().backward()
    assert logits.grad.tolist() == [[1.0, -1.0]]


def test_places_of_labels():
    assert place_of("b", ("a", "b"), "head") == 1
    with raises_code("B391", match="c.*a, b"):
        place_of("c", ("a", "b"), "head")
