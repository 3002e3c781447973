"""One line for what a wrong input raises."""

import pytest

from spacy_bert_ext.cli.input_errors import told


def caught(error: Exception) -> Exception:
    try:
        raise error
    except type(error) as raised:
        return raised


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (ValueError("[B012] out of range"), "[B012] out of range"),
        (KeyError("[E900] no scores"), "[E900] no scores"),
        (KeyError("dep"), "[B231] This can't go on: dep (KeyError, raised in test_input_errors.py, line 10)."),
        (RuntimeError("two\nlines"), "[B231] This can't go on: two lines (RuntimeError, "),
        (TypeError(), "[B231] This can't go on: no reason given (TypeError, "),
        (FileNotFoundError(2, "No such file", "x.spacy"), "[B232] Can't use x.spacy: No such file."),
    ],
)
def test_messages_without_a_code_get_one_that_says_where_they_were_raised(error: Exception, expected: str) -> None:
    assert told(caught(error)).startswith(expected)
