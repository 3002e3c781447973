"""Write default settings of components and of training into the pages that show them; `make docs` runs it."""

import re
from pathlib import Path

from spacy_bert_ext.cli.configs.commented import CommentedConfig
from spacy_bert_ext.defaults import default_text

PAGES = [Path(__file__).parent / name for name in ("reference/settings.md", "guides/training.md")]
BLOCK = re.compile(r"(?<=```ini\n).*?(?=```)", re.DOTALL)
COMPONENT = re.compile(r"^\[components\.(bert_\w+)\]\nfactory = ", re.MULTILINE)


def with_settings(page: str) -> str:
    """The page, with today's defaults in its blocks of components, and in that of optimizer, batcher and log."""
    return BLOCK.sub(lambda block: _today(block[0]), page)


def _today(block: str) -> str:
    component = COMPONENT.search(block)
    if component is not None:
        return default_text(component[1])
    if "[training.batcher]" in block:
        return training_text()
    return block


def training_text() -> str:
    """What [training] has below it."""
    config = CommentedConfig(default_text("training"))
    config.sections = {name: found for name, found in config.sections.items() if name.startswith("training.")}
    return config.to_str()


if __name__ == "__main__":
    for page in PAGES:
        page.write_text(with_settings(page.read_text(encoding="utf8")), encoding="utf8")
