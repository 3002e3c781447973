import pytest

from spacy_bert_ext.evaluation.calibration_scores import calibration_scores
from spacy_bert_ext.evaluation.span_scores import span_scores
from tests.evaluation.annotated import ENTITIES, compared, make_example, set_scores


def test_bins_by_hand() -> None:
    # Of 15 bins: 0.1 lies in the second, 0.9 in the last but one, 0.95 in the last.
    found = calibration_scores([(0.9, True), (0.95, False), (0.1, False)])
    assert found["predictions"] == 3 and found["bin_edges"][:2] == [0.0, pytest.approx(1 / 15)]
    assert found["counts"] == [0, 1, *[0] * 11, 1, 1]
    assert found["mean_scores"] == [None, 0.1, *[None] * 11, 0.9, 0.95]
    assert found["accuracies"] == [None, 0.0, *[None] * 11, 1.0, 0.0]
    assert found["ece"] == pytest.approx((0.1 + 0.95 + 0.1) / 3)


@pytest.mark.parametrize("scored", [[], [(None, True)], [(0.5, True), (None, False)], [(1.5, True)], [(-0.1, True)]])
def test_without_probabilities_there_is_no_diagram(scored: list) -> None:
    assert calibration_scores(scored) is None


def test_entities_are_scored_by_their_extension() -> None:
    example = make_example(["B-A", "O", "B-B"], ["B-A", "O", "B-A"])
    set_scores(example.predicted, 0.8, 0.3)
    found = span_scores(ENTITIES, [example], compared([example]))["calibration"]
    assert found["predictions"] == 2 and found["ece"] == pytest.approx((0.2 + 0.3) / 2)
