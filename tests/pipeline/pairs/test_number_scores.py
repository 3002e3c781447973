"""Correlations and mean squared error, worked out by hand."""

import numpy as np
import pytest
import spacy
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.pipeline.pairs.number_scores import correlation, number_scores, ranks

nlp = spacy.blank("en")


def scores_of(*pairs: tuple[float | None, float | None]) -> dict[str, float | None]:
    if not Doc.has_extension("pair_score"):
        Doc.set_extension("pair_score", default=None)
    examples = []
    for gold, predicted in pairs:
        examples.append(Example(nlp.make_doc("a"), nlp.make_doc("a")))
        examples[-1].reference._.pair_score, examples[-1].predicted._.pair_score = gold, predicted
    return number_scores(examples)


def test_numbers_are_compared_where_both_are_there():
    found = scores_of((1.0, 2.0), (2.0, 3.0), (3.0, 7.0), (None, 9.0), (9.0, None))
    assert found == {
        "spearman": pytest.approx(1.0),
        "pearson": pytest.approx(5 / np.sqrt(2 * 14)),
        "mse": pytest.approx((1 + 1 + 16) / 3),
    }


def test_nothing_is_told_of_nothing():
    assert scores_of() == scores_of((None, 1.0)) == {"spearman": None, "pearson": None, "mse": None}
    assert scores_of((1.0, 1.0)) == {"spearman": None, "pearson": None, "mse": 0.0}
    assert scores_of((1.0, 2.0), (3.0, 2.0))["pearson"] is None


def test_equal_numbers_share_their_ranks():
    assert ranks(np.array([3.0, 1.0, 3.0, 2.0, 3.0])).tolist() == [4.0, 1.0, 4.0, 2.0, 4.0]


def test_correlations_are_those_of_scipy():
    scipy = pytest.importorskip("scipy.stats")
    rng = np.random.default_rng(0)
    one, other = rng.integers(0, 6, 50).astype(float), rng.normal(size=50)
    assert correlation(ranks(one), ranks(other)) == pytest.approx(scipy.spearmanr(one, other)[0])
    assert correlation(one, other) == pytest.approx(scipy.pearsonr(one, other)[0])
