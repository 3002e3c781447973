"""Settings of losses, and weights that balance classes."""

import pickle
from dataclasses import asdict
from math import inf, nan

import numpy as np
import pytest

from spacy_bert_ext.defaults import default_loss
from spacy_bert_ext.losses.controls import LossControls, balanced_classes, balanced_positives


@pytest.mark.parametrize(
    ("settings", "code", "named"),
    [
        ({"class_weights": "even"}, "B075", "'even'.*null, \"balanced\", or a table"),
        ({"class_weights": 2.0}, "B075", "2.0"),
        ({"class_weights": {"a": 0}}, "B012", r"class_weights\['a'\] = 0.*above 0"),
        ({"class_weights": {"a": 1, "b": -1.0}}, "B012", r"class_weights\['b'\] = -1.0.*above 0"),
        ({"class_weights": {"a": inf}}, "B012", "inf.*above 0"),
        ({"class_weights": {"a": "2"}}, "B077", r"class_weights\['a'\] = '2'.*no number"),
        ({"label_smoothing": 1.0}, "B012", "label_smoothing = 1.0.*from 0 up to below 1"),
        ({"label_smoothing": -0.1}, "B012", "label_smoothing"),
        ({"label_smoothing": nan}, "B012", "label_smoothing"),
        ({"label_smoothing": True}, "B077", "label_smoothing = True"),
        ({"focal_gamma": -1}, "B012", "focal_gamma = -1.*0 or more"),
        ({"focal_gamma": inf}, "B012", "focal_gamma"),
        ({"focal_gamma": None}, "B077", "focal_gamma = None"),
        ({"weight": 0.0}, "B012", "loss.weight = 0.0.*above 0"),
        ({"weight": nan}, "B012", "weight"),
        ({"weight": "1"}, "B077", "loss.weight = '1'"),
    ],
)
def test_bad_settings_are_refused(settings, code, named):
    with pytest.raises(ValueError, match=rf"\[{code}\].*{named}"):
        LossControls(**settings)


def test_the_block_of_a_config_has_these_settings_and_defaults():
    assert default_loss() == asdict(LossControls())
    assert LossControls.from_settings({**default_loss(), "weight": 0.5}) == LossControls(weight=0.5)


def test_a_setting_that_does_not_exist_is_refused():
    with pytest.raises(ValueError, match=r"\[B320\].*`gamma`.*class_weights, label_smoothing, focal_gamma, weight"):
        LossControls.from_settings({"gamma": 2.0})


def test_settings_survive_pickling():
    controls = LossControls({"a": 2}, 0.1, 2, 0.5)
    assert pickle.loads(pickle.dumps(controls)) == controls


def test_weights_of_unknown_classes_are_refused():
    controls = LossControls({"a": 2.0, "c": 1.0})
    controls.check_classes(["a", "b", "c"], "head")
    with pytest.raises(ValueError, match=r"\[B076\].*'c', which 'head' does not know.*a, b"):
        controls.check_classes(["a", "b"], "head")


def test_balanced_weights_of_classes_by_hand():
    # 12 examples of three classes: 12 / (3 * 6), 12 / (3 * 4), 12 / (3 * 2).
    assert balanced_classes(np.array([6, 4, 2])).tolist() == pytest.approx([2 / 3, 1, 2])
    # A class without examples is none of the k.
    found = balanced_classes(np.array([6, 0, 2]))
    assert found[[0, 2]].tolist() == pytest.approx([8 / 12, 2])
    assert np.isnan(found[1])
    assert np.isnan(balanced_classes(np.zeros(2))).all()


def test_balanced_weights_of_positives_by_hand():
    found = balanced_positives(np.array([2.0, 5.0, 0.0, 3.0]), np.array([6.0, 1.0, 4.0, 0.0]))
    assert found[:2].tolist() == [3.0, 0.2]
    assert np.isnan(found[2:]).all()
