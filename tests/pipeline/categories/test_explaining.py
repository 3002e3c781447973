from types import SimpleNamespace

import pytest
import torch

from spacy_bert_ext.pipeline.categories.explaining import explained_category
from spacy_bert_ext.pipeline.categories.kinds import Exclusive, Independent
from tests.coded import raises_code


@pytest.mark.parametrize("kind", [Exclusive(), Independent()])
def test_log_odds(kind):
    logits = torch.randn(2, 3)
    probabilities = kind.probabilities(logits / 2.0)
    categorizer = SimpleNamespace(name="head", labels=("a", "b", "c"), kind=kind)
    found = explained_category(categorizer, "b", probabilities[0].numpy(), temperature=2.0)
    assert torch.allclose(found.score(logits).sigmoid(), probabilities[:, 1], atol=1e-6)
    assert (found.label, found.quantity, found.target, found.reads) == ("b", "log odds of b", None, None)
    assert found.probability == pytest.approx(probabilities[0, 1].item())
    best = explained_category(categorizer, None, probabilities[0].numpy(), temperature=2.0)
    assert best.label == "abc"[probabilities[0].argmax()]
    with raises_code("B391", match="d.*a, b, c"):
        explained_category(categorizer, "d", probabilities[0].numpy(), temperature=1.0)
