"""The names that docs/extending.md calls public are there, and the tagger uses no others."""

import ast
import importlib
import re
from pathlib import Path

import pytest

from tests.foreign import tagger

DOCS = Path(__file__).parents[2] / "docs" / "extending.md"
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the docs are in a checkout only")


def public_names() -> dict[str, str]:
    """Modules by the names that the last table has."""
    found: dict[str, str] = {}
    for line in DOCS.read_text(encoding="utf8").split("## Public names")[1].splitlines():
        if not line.startswith("| `"):
            continue
        modules, names = (re.findall(r"`([^`]+)`", cell) for cell in line.strip("|").split("|"))
        paths = [f"spacy_bert_ext{module.removeprefix('spacy_bert_ext')}" for module in modules]
        for name in names:
            found[name] = next(path for path in paths if hasattr(importlib.import_module(path), name))
    return found


def test_public_names_are_there() -> None:
    names = public_names()
    assert len(names) >= 20
    for name, module in names.items():
        assert getattr(importlib.import_module(module), name) is not None


def test_the_tagger_is_written_with_public_names_only() -> None:
    names = public_names()
    for node in ast.walk(ast.parse(Path(tagger.__file__).read_text(encoding="utf8"))):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("spacy_bert_ext"):
            for alias in node.names:
                assert names.get(alias.name) == node.module, alias.name
    assert not re.search(r"self\._", Path(tagger.__file__).read_text(encoding="utf8"))
