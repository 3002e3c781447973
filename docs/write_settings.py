"""Write default settings of components and of training into the pages that show them; `make docs` runs it."""

import re
from pathlib import Path

from spacy_bert_ext.cli.configs.commented import CommentedConfig
from spacy_bert_ext.defaults import default_text

PAGES = [
    Path(__file__).parent / name for name in ("reference/settings.md", "guides/training.md", "guides/pretraining.md")
]
BLOCK = re.compile(r"(?<=```ini\n).*?(?=```)", re.DOTALL)
COMPONENT = re.compile(r"^\[components\.(bert_\w+)\]\nfactory = ", re.MULTILINE)


def with_settings(page: str) -> str:
    """The page, with today's defaults in its blocks: components; optimizer, batcher and log; reader of raw text."""
    return BLOCK.sub(lambda block: _today(block[0]), page)


def _today(block: str) -> str:
    component = COMPONENT.search(block)
    if component is not None:
        return default_text(component[1])
    if "[training.batcher]" in block:
        return sections_text("training", r"training\.")
    if "buffer_windows" in block:
        return sections_text("pretraining", r"corpora\.train$")
    return block


def sections_text(name: str, pattern: str) -> str:
    """Sections of a file of defaults whose names match."""
    config = CommentedConfig(default_text(name))
    config.sections = {name: found for name, found in config.sections.items() if re.match(pattern, name)}
    return config.to_str()


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(with_settings(page.read_text(encoding="utf8")), encoding="utf8")
