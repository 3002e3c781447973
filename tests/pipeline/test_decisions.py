import numpy as np
import pytest

from spacy_bert_ext.pipeline.decisions import Decisions


def test_the_mean_at_a_threshold():
    decisions = Decisions(np.array([0.2, 0.5, 0.9]), np.array([1.0, 0.5, 0.25]), np.array([0.0, 0.75, 0.0]))
    for threshold, mean in ((0.0, 1.75 / 3), (0.5, 0.75 / 3), (0.6, 1.0 / 3), (1.0, 0.75 / 3)):
        assert decisions.mean_at(threshold) == pytest.approx(mean)
