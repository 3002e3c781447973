"""Sentences of README and docs are short, and none has "what" as a noun."""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.docs.pages import PAGES, ROOT

MOST_WORDS = 30
NOT_PROSE = re.compile(r"^[ ]*```.*?^[ ]*```$|<!--.*?-->", re.MULTILINE | re.DOTALL)
SENTENCE_END = re.compile(r"(?<=[.?!])[)\"*_]*\s+")


def sentences_of(text: str) -> Iterator[str]:
    """Headings, items of lists and cells of tables end a sentence, and inline code is one word."""
    text = NOT_PROSE.sub("\n\n", text)
    text = re.sub(r"!?\[([^\]]*)\]\([^)]*\)", r"\1", text)
    text = re.sub(r"`[^`]+`", "CODE", text)
    text = re.sub(r"^ *(#+ .*)$", r"\n\1\n", text, flags=re.MULTILINE)
    text = re.sub(r"^ *([-*]|\d+\.) ", "\n\n", text, flags=re.MULTILINE)
    text = re.sub(r"^\|.*$", lambda row: "\n\n" + row[0].replace("|", "\n\n") + "\n\n", text, flags=re.MULTILINE)
    for paragraph in re.split(r"\n\s*\n", text):
        yield from (sentence for sentence in SENTENCE_END.split(" ".join(paragraph.split())) if sentence)


@pytest.mark.parametrize("page", PAGES, ids=lambda path: str(path.relative_to(ROOT)))
def test_sentences_are_short_and_have_a_subject(page: Path) -> None:
    sentences = list(sentences_of(page.read_text(encoding="utf8")))
    assert [text for text in sentences if len(text.split()) > MOST_WORDS] == []
    nouns = [text for text in sentences if re.search(r"\bwhat\b", text, re.IGNORECASE) and not text.endswith("?")]
    assert [text for text in nouns if not text.startswith("#")] == []


def test_a_long_sentence_is_seen_wherever_it_stands() -> None:
    long = " ".join(["word"] * 31)
    text = f"# Title\n\nShort. {long}. Short?\n\n- {long}\n- short\n\n| a | {long} |\n\n```text\n{long}\n```\n"
    assert [len(sentence.split()) for sentence in sentences_of(text)].count(31) == 3
