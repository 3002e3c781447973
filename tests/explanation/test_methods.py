import numpy as np
import pytest

from spacy_bert_ext.explanation.methods import METHODS, Request, check_weights, weigh
from tests.coded import raises_code
from tests.explanation.making import make_copies


def request(method="integrated_gradients", steps=8, baseline="mask"):
    return Request("head", method, steps, baseline=baseline, max_batch_pieces=1000)


@pytest.mark.parametrize("method", METHODS)
def test_methods(bert_folder, method):
    copies, shim = make_copies(bert_folder, "order two pizzas")
    request(method).check()
    check_weights(shim, request(method))
    found = weigh(copies, shim, request(method), np.arange(3))
    assert found.scores.shape == (3,)
    assert found.scores.all()
    has_baseline = method in ("integrated_gradients", "occlusion")
    assert np.isnan(found.baseline_value) != has_baseline
    assert found.baseline == ("mask" if has_baseline else "")
    assert (found.completeness_error is None) == (method != "integrated_gradients")


def test_unknown_ones():
    with raises_code("B390", match="lime.*rollout"):
        request("lime").check()
    with raises_code("B390", match="unk.*zero"):
        request(baseline="unk").check()
    with raises_code("B012", match="steps"):
        request(steps=0).check()
    with raises_code("B077", match="steps"):
        request(steps="8").check()
