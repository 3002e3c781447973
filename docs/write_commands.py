"""Write reference/commands.md from the help of the commands; `make docs` runs it."""

import re
from pathlib import Path

import typer
from typer.cli import get_docs_for_click

from spacy_bert_ext.cli import app

PAGE = Path(__file__).parent / "reference" / "commands.md"
# Outside of code it would begin a tag of HTML.
LEFT_ANGLE = re.compile(r"<(?=[^`\n]*(?:`[^`\n]*`[^`\n]*)*$)", re.MULTILINE)
NAME = "python -m spacy bert"


START = """# Commands

<!-- Generated from the commands' help by `make docs`. -->

Every command has `--help`, which shows the same.

"""


def commands_page() -> str:
    """As `typer` writes the docs of a program, with blocks of text and without its list of shortened sentences."""
    command = typer.main.get_command(app)
    text = get_docs_for_click(obj=command, ctx=typer.Context(command), name=NAME)
    commands = text[text.index(f"## `{NAME} ") :].replace("```console\n$ ", "```text\n")
    return START + LEFT_ANGLE.sub("&lt;", commands).strip() + "\n"


if __name__ == "__main__":
    PAGE.write_text(commands_page(), encoding="utf8")
