"""A page of Markdown → its blocks of code, in order, with what comments before them say."""

import re
import textwrap
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).parents[2]
PAGES = [path for path in (ROOT / "README.md", *sorted(ROOT.glob("docs/**/*.md"))) if path.exists()]
LANGUAGES = ("python", "bash", "ini", "json", "jsonl", "csv", "text", "console", "dockerfile", "xml", "yaml")
BLOCK = re.compile(
    r"""^<!--[ ]setup\n(?P<setup>.*?)^-->$
    |(?:^[ ]*<!--[ ](?P<order>file|needs|not[ ]run):[ ](?P<argument>[^\n]*?)[ ]-->\n)?
     ^(?P<indent>[ ]*)```(?P<language>\w*)\n(?P<code>.*?)^(?P=indent)```$""",
    re.MULTILINE | re.DOTALL | re.VERBOSE,
)


class Block(NamedTuple):
    """language: "setup" is Python that readers don't see.

    file: Name that the block is saved by.
    not_run: Why the block is not run.
    needs: Module without which it is not run.
    """

    line: int
    language: str
    code: str
    file: str | None = None
    not_run: str | None = None
    needs: str | None = None


def blocks_of(page: Path) -> list[Block]:
    """RAISES (ValueError): A block without a language, or with one that is not in LANGUAGES."""
    text = page.read_text(encoding="utf8")
    found = []
    for match in BLOCK.finditer(text):
        line = text.count("\n", 0, match.start()) + 1
        if match["setup"] is not None:
            found.append(Block(line, "setup", match["setup"]))
            continue
        if match["language"] not in LANGUAGES:
            raise ValueError(
                f"{page}, line {line}: the block's language is {match['language']!r}, not one of {LANGUAGES}"
            )
        orders = {match["order"]: match["argument"]}
        code = textwrap.dedent(match["code"])
        found.append(
            Block(line, match["language"], code, orders.get("file"), orders.get("not run"), orders.get("needs"))
        )
    return found
