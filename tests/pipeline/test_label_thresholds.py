"""Thresholds of labels, of heads of any kind."""

import pytest

from tests.coded import raises_code
from tests.pipeline.pipelines import head_of, make_initialized

HEADS = ("bert_textcat_multilabel",)


@pytest.fixture(scope="module")
def head(bert_folder: str):
    return head_of(make_initialized(bert_folder, HEADS), HEADS[0])


def test_a_label_has_its_own_threshold_or_that_of_all(head) -> None:
    assert head.cfg["thresholds"] == {} and head.label_thresholds().tolist() == [0.5] * 3
    head.cfg["thresholds"] = {head.labels[1]: 0.25}
    assert head.label_thresholds().tolist() == [0.5, 0.25, 0.5]
    head.cfg["thresholds"] = {}


@pytest.mark.parametrize(("threshold", "code"), [(None, "B077"), (50, "B012")])
def test_a_threshold_that_can_be_none_is_refused(head, monkeypatch, threshold: object, code: str) -> None:
    monkeypatch.setitem(head.cfg, "threshold", threshold)
    with raises_code(code, match="`threshold = "):
        head.label_thresholds()


@pytest.mark.parametrize(
    ("settings", "match"),
    [
        ({"threshold": 2.0}, "threshold"),
        ({"thresholds": [0.5]}, "no table"),
        ({"thresholds": {"other": 0.5}}, "'other' among its `thresholds` is none of its labels"),
        ({"thresholds": {"news": "high"}}, "the threshold of 'news' is 'high', no number from 0 to 1"),
    ],
)
def test_edited_thresholds_are_refused(head, settings: dict, match: str) -> None:
    with pytest.raises(ValueError, match=match):
        head.check_calibration({"labels": list(head.labels), **settings})
