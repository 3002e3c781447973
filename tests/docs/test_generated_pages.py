"""Pages that `make docs` writes are what it would write today."""

import runpy
import sys
from pathlib import Path

import pytest
import typer

DOCS = Path(__file__).parents[2] / "docs"
pytestmark = pytest.mark.skipif(not DOCS.exists(), reason="the docs are in a checkout only")


def test_the_page_of_the_api_has_todays_docstrings() -> None:
    script = runpy.run_path(str(DOCS / "write_api.py"))
    assert script["api_page"]() == script["PAGE"].read_text(encoding="utf8")


@pytest.mark.skipif(typer.__version__ < "0.29", reason="other versions of typer lay it out in another way")
def test_the_page_of_commands_has_todays_help() -> None:
    script = runpy.run_path(str(DOCS / "write_commands.py"))
    assert script["commands_page"]() == script["PAGE"].read_text(encoding="utf8")


@pytest.mark.skipif(sys.version_info >= (3, 14), reason="other versions write types in another way")
def test_a_docstring_becomes_a_list_of_arguments() -> None:
    markdown = runpy.run_path(str(DOCS / "write_api.py"))["markdown"]
    docstring = "Adds.\n\na, b (int): Numbers\n    to add.\nRETURNS (int): Sum.\n\n    a = 1\n\nnote: none"
    written = "\n".join(markdown(docstring, ("a", "b")))
    assert written.startswith("Adds.\n\n- **a, b** (int): Numbers\n  to add.\n- **RETURNS** (int): Sum.\n")
    assert written.endswith("```text\n    a = 1\n\n```\n\nnote: none")
