import pytest

from spacy_bert_ext.training.shown_scores import shown_score, value_of


def test_shares_are_shown_in_percent_and_other_numbers_as_they_are() -> None:
    scores = {"ents_f": 0.5, "speed": 1234.5, "mlm_cross_entropy": 2.5, "mlm_perplexity": 12.18, "mlm_accuracy": 0.25}
    assert {name: value_of(scores, name) for name in scores} == {
        "ents_f": 50.0,
        "speed": 1234.5,
        "mlm_cross_entropy": 2.5,
        "mlm_perplexity": 12.18,
        "mlm_accuracy": 25.0,
    }


def test_columns_have_short_headers() -> None:
    assert [shown_score(f"mlm_{name}").header for name in ("cross_entropy", "accuracy", "perplexity")] == [
        "CE",
        "Acc",
        "Ppl",
    ]
    assert shown_score("ents_f").header == "ents_f"
    assert shown_score("mlm_probability").header == ""  # the column Score has it


def test_a_score_that_is_missing_is_0_and_without_an_evaluation_there_is_none() -> None:
    assert value_of({"ents_f": 0.5}, "cats_f") == 0
    assert value_of({}, "cats_f") is None


def test_scores_are_numbers() -> None:
    with pytest.raises(ValueError, match="E916"):
        value_of({"ents_f": {}}, "ents_f")
