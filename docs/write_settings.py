"""Write the default settings of all components into settings.md; `make docs` runs it."""

import re
from pathlib import Path

from spacy_bert_ext.defaults import default_text

PAGE = Path(__file__).parent / "settings.md"
BLOCK = re.compile(r"(?<=```ini\n)(?:#[^\n]*\n)*\[components\.(?P<factory>bert_\w+)\]\nfactory.*?(?=```)", re.DOTALL)


def with_settings(page: str) -> str:
    """The page, with today's default settings in each component's block."""
    return BLOCK.sub(lambda block: default_text(block["factory"]), page)


if __name__ == "__main__":
    PAGE.write_text(with_settings(PAGE.read_text(encoding="utf8")), encoding="utf8")
