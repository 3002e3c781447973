import numpy as np
import pytest

from spacy_bert_ext.explanation.occlusion import Occlusion
from tests.explanation.making import make_copies

TEXT = "The president of Germany met the unbelievably small chancellor of Austria in Berlin on Monday morning"


@pytest.mark.parametrize("settings", [{}, {"window_pieces": 16, "overlap_pieces": 4}])
def test_falls_are_the_same_in_any_batches(bert_folder, settings, monkeypatch):
    copies, shim = make_copies(bert_folder, TEXT, **settings)
    tokens, told = np.arange(len(copies.texts[0])), []
    occlusion = Occlusion(copies, shim.predictor(), 4, max_batch_pieces=1000)
    falls = occlusion.falls(tokens, told.append)
    assert sum(told) == len(tokens)
    assert falls.all()
    monkeypatch.setattr("spacy_bert_ext.explanation.copies.MAX_BYTES", 1)
    one_by_one = Occlusion(copies, shim.predictor(), 4, max_batch_pieces=1).falls(tokens, told.append)
    assert one_by_one == pytest.approx(falls, abs=1e-5)
    assert occlusion.value() != occlusion.baseline_value()


def test_of_one_token_the_baseline_is_the_fall(bert_folder):
    copies, shim = make_copies(bert_folder, "unbelievably")
    occlusion = Occlusion(copies, shim.predictor(), 4, max_batch_pieces=1000)
    (fall,) = occlusion.falls(np.array([0]), lambda n: None)
    assert fall == pytest.approx(occlusion.value() - occlusion.baseline_value(), abs=1e-5)


def test_tokens_that_no_read_window_has_are_left_out(bert_folder):
    """Their falls are 0, without encoding anything."""
    settings = {"window_pieces": 16, "overlap_pieces": 4}
    tokens = np.arange(len(make_copies(bert_folder, TEXT)[0].texts[0]))
    copies, shim = make_copies(bert_folder, TEXT, reads=(0, 1), **settings)
    occlusion = Occlusion(copies, shim.predictor(), 4, max_batch_pieces=1000)
    read = occlusion.tokens_read(tokens)
    assert 0 < len(read) < len(tokens)
    falls = occlusion.falls(tokens, lambda n: None)
    assert falls[read].all()
    assert not np.delete(falls, read).any()
    every, shim = make_copies(bert_folder, TEXT, **settings)
    everywhere = Occlusion(every, shim.predictor(), 4, max_batch_pieces=1000)
    assert everywhere.tokens_read(tokens).tolist() == tokens.tolist()


def test_tokens_without_pieces_are_left_out(bert_folder):
    copies, shim = make_copies(bert_folder, "London \n calling")
    occlusion = Occlusion(copies, shim.predictor(), 4, max_batch_pieces=1000)
    (doc,) = copies.texts
    assert [doc[i].text for i in occlusion.tokens_read(np.arange(len(doc)))] == [
        "London",
        "calling",
    ]
