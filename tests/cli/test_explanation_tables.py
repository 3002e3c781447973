import pytest

from spacy_bert_ext.cli.explanation_tables import heading, print_explanations, shortened
from tests.explanation.made import explanation


def test_the_largest_numbers_are_printed_for_and_against(capsys: pytest.CaptureFixture) -> None:
    print_explanations([explanation()])
    shown = capsys.readouterr().out
    assert "\x1b" not in shown
    assert [line.split() for line in shown.splitlines() if line.startswith(("not ", "good ", "film "))][1:] == [
        ["not", "-2.000"],
        ["good", "1.000"],
        ["film", "0.500"],
    ]
    assert "not good  film" in shown and "against" in shown


def test_colours_in_a_terminal(capsys: pytest.CaptureFixture, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ANSI_COLORS_DISABLED", raising=False)
    monkeypatch.setattr("sys.stdout.isatty", lambda: True)
    print_explanations([explanation()])
    assert "\x1b[" in capsys.readouterr().out


def test_without_weights_there_is_no_table(capsys: pytest.CaptureFixture) -> None:
    print_explanations([explanation([0.0] * 4)])
    shown = capsys.readouterr().out
    assert "no token has a weight" in shown and "against" not in shown


def test_the_heading_leaves_out_what_is_not_computed() -> None:
    what, how = heading(explanation(target=(0, 2)))
    assert what == "bert_textcat: POSITIVE 73.1 %, 'not good'"
    assert how == (
        "integrated gradients, baseline mask; "
        "log odds of POSITIVE: 1.000; of the baseline: 0.500; completeness error: 1.2 %"
    )
    nothing = {"baseline": "", "baseline_value": float("nan"), "probability": None, "completeness_error": None}
    assert heading(explanation(method="rollout", **nothing)) == [
        "bert_textcat: POSITIVE",
        "rollout; log odds of POSITIVE: 1.000",
    ]


@pytest.mark.parametrize(
    "text, shown",
    [
        ("a", "a"),
        ("\x1b[31ma\n", "\\x1b[31ma\\n"),
        (" \n", "' \\n'"),
        ("日本\u202e", "日本\\u202e"),
        ("x" * 60, "x" * 60),
        ("x" * 61, "x" * 59 + "…"),
    ],
)
def test_texts_are_one_line_of_plain_characters(text: str, shown: str) -> None:
    assert shortened(text) == shown
