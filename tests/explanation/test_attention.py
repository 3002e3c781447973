import pytest

from spacy_bert_ext.explanation.attention import attention_weights
from tests.explanation.making import make_copies, make_twin
from tests.tiny import TEXT

TEXT = " ".join(TEXT.split()[:60])


@pytest.mark.parametrize("rollout", [False, True])
@pytest.mark.parametrize("settings", [{}, {"window_pieces": 16, "overlap_pieces": 4}])
def test_a_weight_of_one_is_shared_out(bert_folder, rollout, settings):
    copies, shim = make_copies(bert_folder, TEXT, **settings)
    found = attention_weights(copies, make_twin(shim), rollout=rollout, max_batch_pieces=1000)
    assert (found > 0).all()
    assert 0.5 < found.sum() < 1
    again = attention_weights(copies, make_twin(shim), rollout=rollout, max_batch_pieces=1)
    assert again == pytest.approx(found, abs=1e-6)
