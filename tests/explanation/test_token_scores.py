import json

from tests.explanation.made import explanation


def test_top_tokens_weigh_most_for_or_against():
    found = explanation()
    assert found.top(2) == [("not", -2.0), ("good", 1.0)]
    assert found.top() == [("not", -2.0), ("good", 1.0), ("film", 0.5)]  # what weighs nothing is not among them
    assert found.target is None and found.target_text == ""
    assert explanation([], (), ()).top() == []


def test_the_target_is_a_run_of_tokens():
    assert explanation(target=(0, 2)).target_text == "not good"
    assert explanation(target=(3, 4)).target_text == "film"


def test_json_has_all_numbers_and_the_places_of_tokens():
    found = explanation(target=(1, 2)).to_json()
    assert json.loads(json.dumps(found, allow_nan=False)) == found
    assert found["text"] == "not good  film"
    assert found["target"] == {"start": 1, "end": 2}
    assert [found["text"][token["start"] : token["end"]] for token in found["tokens"]] == ["not", "good", " ", "film"]
    assert [token["score"] for token in found["tokens"]] == [-2.0, 1.0, 0.0, 0.5]
    assert [token["text"] for token in found["tokens"]] == ["not", "good", " ", "film"]
    numbers = ("value", "baseline_value", "probability", "completeness_error")
    assert [found[name] for name in numbers] == [1.0, 0.5, 0.7311, 0.0123]
    names = ("component", "label", "method", "baseline", "quantity")
    texts = ["bert_textcat", "POSITIVE", "integrated_gradients", "mask", "log odds of POSITIVE"]
    assert [found[name] for name in names] == texts


def test_json_of_what_is_not_computed_is_none():
    found = explanation(
        method="attention", baseline="", baseline_value=float("nan"), probability=None, completeness_error=None
    ).to_json()
    assert [found[name] for name in ("baseline_value", "probability", "completeness_error", "target")] == [None] * 4
    json.dumps(found, allow_nan=False)
