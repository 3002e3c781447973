"""What other libraries say, cut to what a message can quote."""

import pytest
from transformers.utils import logging

from spacy_bert_ext.huggingface.foreign import MAX_REASON, first_line, quiet


@pytest.mark.parametrize(
    ("error", "line"),
    [
        (ValueError("It is damaged.\nSee the manual."), "It is damaged"),
        (KeyError("vocab"), "vocab"),
        (OSError(2, "No such file"), "[Errno 2] No such file"),
        (
            RuntimeError("Error(s) in loading state_dict:\n\tsize mismatch for a\n\tand b"),
            "Error(s) in loading state_dict: size mismatch for a",
        ),
        (AssertionError(), "AssertionError"),
        (ValueError("x" * (MAX_REASON + 1)), "x" * MAX_REASON + "..."),
    ],
)
def test_first_line(error, line):
    assert first_line(error) == line


def test_quiet_for_a_while():
    before, bars = logging.get_verbosity(), logging.is_progress_bar_enabled()
    with pytest.raises(ValueError), quiet():
        assert logging.get_verbosity() == logging.ERROR
        assert not logging.is_progress_bar_enabled()
        raise ValueError
    assert (logging.get_verbosity(), logging.is_progress_bar_enabled()) == (before, bars)
