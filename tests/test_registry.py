"""Entries in registries of others: spaCy's universe, citations, issue templates."""

import json
import re
from pathlib import Path

import pytest
import srsly

import spacy_bert_ext

ROOT = Path(__file__).parent.parent
UNIVERSE = ROOT / "docs" / "universe.json"
# Of spaCy's website/meta/universe.json.
CATEGORIES = {
    "pipeline",
    "training",
    "conversational",
    "research",
    "scientific",
    "visualizers",
    "apis",
    "nonpython",
    "standalone",
    "models",
}
FIELDS = {
    "id",
    "title",
    "slogan",
    "description",
    "github",
    "pip",
    "code_example",
    "code_language",
    "url",
    "thumb",
    "image",
    "author",
    "author_links",
    "category",
    "tags",
}
pytestmark = pytest.mark.skipif(not UNIVERSE.exists(), reason="these files are in a checkout only")


def test_the_entry_for_the_universe_is_valid() -> None:
    """By the table of fields in spaCy's UNIVERSE.md, and by its validator, which looks at `github`."""
    (entry,) = json.loads(UNIVERSE.read_text(encoding="utf8"))["resources"]
    assert set(entry) <= FIELDS and set(entry["category"]) <= CATEGORIES
    assert not re.match("https?:", entry.get("github", ""))
    assert all(isinstance(line, str) for line in entry["code_example"])


def test_the_citation_has_todays_version() -> None:
    citation = srsly.read_yaml(ROOT / "CITATION.cff")
    assert citation["version"] == spacy_bert_ext.__version__
    assert {"cff-version", "message", "title", "authors"} <= set(citation)


def test_issue_templates_are_forms() -> None:
    for path in sorted((ROOT / ".github" / "ISSUE_TEMPLATE").glob("*.yml")):
        form = srsly.read_yaml(path)
        if path.name != "config.yml":
            assert {"name", "description", "body"} <= set(form), path
            assert all(part["type"] in ("markdown", "textarea", "input", "dropdown") for part in form["body"])
