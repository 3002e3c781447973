"""Tests that docs/reference/conformance.md names are there."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "reference" / "conformance.md"
pytestmark = pytest.mark.skipif(not PAGE.exists(), reason="the docs are in a checkout only")


def test_every_named_test_is_there() -> None:
    named = re.findall(r"(tests/[\w/]+\.py)::(\w+)", PAGE.read_text(encoding="utf8"))
    assert len(named) > 50
    assert [f"{file}::{name}" for file, name in named if f"def {name}(" not in read(ROOT / file)] == []


def read(path: Path) -> str:
    return path.read_text(encoding="utf8") if path.exists() else ""
