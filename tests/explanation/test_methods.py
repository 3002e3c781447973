import numpy as np
import pytest

from spacy_bert_ext.explanation.methods import METHODS, Request, check_options, check_weights, weigh
from tests.coded import raises_code
from tests.explanation.making import make_copies


def request(method):
    return Request("head", method, 8, baseline="mask", max_batch_pieces=1000)


@pytest.mark.parametrize("method", METHODS)
def test_methods(bert_folder, method):
    copies, shim = make_copies(bert_folder, "order two pizzas")
    check_options(method, 8, "mask")
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
        check_options("lime", 8, "mask")
    with raises_code("B390", match="unk.*zero"):
        check_options("occlusion", 8, "unk")
    for steps in (0, 1001):
        with raises_code("B012", match="steps.*from 1 to 1000"):
            check_options("occlusion", steps, "mask")
    with raises_code("B077", match="steps"):
        check_options("occlusion", "8", "mask")
