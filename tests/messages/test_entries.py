"""Each code has one entry, in the form that all have, with an example that the message's template could give."""

import re
import runpy
from collections import Counter
from pathlib import Path

import pytest

from spacy_bert_ext.errors import Errors, Warnings
from spacy_bert_ext.messages import codes, entries, entry, pages
from spacy_bert_ext.messages.coded import parted

ROOT = Path(__file__).parent.parent.parent
TEMPLATES = {
    code: parted(getattr(ledger, code))[0] for ledger in (Errors, Warnings) for code in vars(ledger) if code[0] == "B"
}
FORM = re.compile(
    r"## (?P<code>B\d{3})\n\n\*\*Cause\.\*\* (?P<cause>.+?)\n\n"
    r"\*\*Example\.\*\* .+?:\n\n```text\n(?P<message>.+?)\n```\n\n"
    r"\*\*Remedy\.\*\* (?P<remedy>.+)",
    re.DOTALL,
)
LINK = re.compile(r"\]\(([^)#]+)(#[^)]*)?\)")
docs = pytest.mark.skipif(not (ROOT / "docs").exists(), reason="they are in a checkout only")


def is_made_of(message: str, template: str) -> bool:
    """Whether fields could be filled in so; lines may be broken at any blank."""
    parts = re.split(r"(\{\{|\}\}|\{[^{}]*\})", " ".join(template.split()))
    literal = {"{{": r"\{", "}}": r"\}"}
    pattern = "".join(literal.get(part, ".*?" if part.startswith("{") else re.escape(part)) for part in parts)
    return re.fullmatch(pattern, " ".join(message.split())) is not None


def test_each_code_has_one_entry():
    assert [code for code, n in Counter(codes()).items() if n > 1] == []
    assert set(codes()) == set(TEMPLATES)


@pytest.mark.parametrize("theme", pages())
def test_a_theme_has_a_title_a_sentence_and_entries_by_code(theme):
    text = pages()[theme]
    assert re.match(r"# [A-Z].+\n\n[A-Z][^#]+\.\n\n## B", text)
    assert re.findall(r"^## (.*)", text, re.MULTILINE) == sorted(entries(text)), theme
    assert text.endswith("\n") and not text.endswith("\n\n")


@pytest.mark.parametrize("code", codes())
def test_an_entry_has_cause_example_and_remedy(code):
    text = entry(code)
    found = FORM.fullmatch(text)
    assert found, text
    assert is_made_of(found["message"], TEMPLATES[code]), f"{found['message']}\n{TEMPLATES[code]}"
    n_words = len(text.replace(found["message"], "").split())
    assert 30 <= n_words <= 130, n_words
    assert found["cause"].endswith(".") and found["remedy"].endswith(".")


@docs
@pytest.mark.parametrize("theme", pages())
def test_links_of_entries_lead_to_pages(theme):
    for path, _ in LINK.findall(pages()[theme]):
        assert (ROOT / "docs" / "troubleshooting" / path).resolve().is_file(), path


@docs
def test_the_pages_of_docs_are_written_by_a_script():
    written = runpy.run_path(str(ROOT / "docs" / "write_messages.py"))["written"]()
    folder = ROOT / "docs" / "troubleshooting"
    assert {path.name: path.read_text("utf8") for path in folder.glob("*.md")} == written


def test_there_is_no_entry_of_another_code():
    assert entry("B999") is None


def test_examples_are_compared_with_templates():
    assert is_made_of("It is\n{here}.", "It {what} {{here}}.")
    assert not is_made_of("It is.", "It is: {reason}.")
