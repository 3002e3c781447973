"""Lines that a logger has printed come back in the log of a resumed training."""

import io

import pytest

from spacy_bert_ext.training.resuming.log_lines import LogLines


def test_lines_are_noted_after_the_header() -> None:
    stdout, lines = io.StringIO(), []
    log = LogLines(stdout, lines)
    print("header", file=log, flush=True)
    log.begin(0)
    print("first", "row", file=log)
    log.write("second")
    assert lines == ["first row"]
    log.write(" row\n")
    assert lines == ["first row", "second row"] and stdout.getvalue() == "header\nfirst row\nsecond row\n"


def test_lines_of_before_are_shown_and_marked() -> None:
    stdout = io.StringIO()
    log = LogLines(stdout, ["first row"])
    print("header", file=log)
    log.begin(7)
    print("second row", file=log)
    header, first, mark, second = stdout.getvalue().splitlines()
    assert (header, first, second) == ("header", "first row", "second row") and "resumed after 7 steps" in mark
    assert log.lines == ["first row", "second row"]


def test_it_is_a_terminal_if_the_output_is_one() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    assert LogLines(Terminal(), []).isatty() and not LogLines(io.StringIO(), []).isatty()
    with pytest.raises(io.UnsupportedOperation):
        LogLines(io.StringIO(), []).fileno()
