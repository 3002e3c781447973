import pytest

from spacy_bert_ext.cli.message_help import shown
from spacy_bert_ext.messages import codes, entry
from tests.cli.runner import run


@pytest.mark.parametrize("typed", ["B001", "b001", "001", "[B001]"])
def test_help_prints_the_entry_of_a_code(typed: str) -> None:
    code, output = run("help", typed)
    assert code == 0 and output.startswith("B001\n\nCause. ") and "\n    [B001] Can't load the checkpoint" in output


@pytest.mark.parametrize("typed", ["B999", "E050", "B1", "help"])
def test_help_of_an_unknown_code_tells_the_allowed_form(typed: str) -> None:
    code, output = run("help", typed)
    assert code == 1 and f"[B590] There is no message code '{typed}'" in output
    assert f"{codes()[0]} to {codes()[-1]}" in " ".join(output.split())


def test_an_entry_is_shown_as_plain_text() -> None:
    text = "## B001\n\n**Cause.** Of `it`,\nsee [s](../guides/spans.md).\n\n```text\nA **b**\n```\n\n**Remedy.** Go."
    expected = "B001\n\nCause. Of `it`, see s\n(docs/guides/spans.md).\n\n    A **b**\n\nRemedy. Go."
    assert shown(text, 30) == expected
    for code in codes():
        plain = shown(entry(code) or "", 100)
        assert "](" not in plain and "**" not in plain and "```" not in plain, plain
