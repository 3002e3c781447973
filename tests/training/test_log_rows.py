"""Rows of a log have the same keys, with whatever logger."""

import pytest

from spacy_bert_ext.training.log_rows import NUMBERS, PREFIX, LogRows
from tests.training.logged import make_logged, told


def test_a_row_has_losses_scores_and_the_numbers_that_were_counted(bert_folder: str) -> None:
    rows = LogRows(make_logged(bert_folder))
    assert (rows.heads, rows.scores) == (["bert_ner", "bert_textcat"], ["ents_f", "cats_f"])
    assert rows.row(told(4, 9, **{f"{PREFIX}padding": 0.25})) == {
        "epoch": 1,
        "step": 4,
        "losses": {"bert_ner": 2.345, "bert_textcat": 0.5},
        "scores": {"ents_f": 50.0, "cats_f": 100.0},
        "score": 0.75,
        **dict.fromkeys(NUMBERS),
        "padding": 0.25,
    }


def test_without_an_evaluation_there_are_no_scores(bert_folder: str) -> None:
    row = LogRows(make_logged(bert_folder)).row(told(4, 9, other_scores={}, score=0.0))
    assert row["scores"] == {"ents_f": None, "cats_f": None} and row["score"] is None


def test_scores_must_be_numbers(bert_folder: str) -> None:
    with pytest.raises(ValueError, match="E916"):
        LogRows(make_logged(bert_folder)).row(told(0, 0, other_scores={"ents_f": {}}))
