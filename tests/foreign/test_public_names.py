"""docs/guides/extending.md: the public names are there, the tagger uses no others, and the tagger on the page works."""

import ast
import importlib
import re
from pathlib import Path

import pytest
import spacy
from spacy.training import Example
from spacy.util import import_file

from spacy_bert_ext.cli.configs.tasks import make_config
from spacy_bert_ext.training.optimizer import create_adamw_v1
from tests.docs.pages import blocks_of
from tests.foreign import tagger
from tests.interop.treebank import make_treebank

DOCS = Path(__file__).parents[2] / "docs" / "guides" / "extending.md"
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


def code_of_the_page() -> str:
    return "\n\n".join(block.code for block in blocks_of(DOCS) if block.language == "python")


@pytest.mark.parametrize("code", [Path(tagger.__file__).read_text(encoding="utf8"), code_of_the_page()])
def test_the_tagger_is_written_with_public_names_only(code: str) -> None:
    names = public_names()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.ImportFrom) and str(node.module).startswith("spacy_bert_ext"):
            for alias in node.names:
                assert names.get(alias.name) == node.module, alias.name
    assert not re.search(r"self\._", code)


def test_the_tagger_of_the_page_learns(bert_folder: str, tmp_path: Path) -> None:
    """Its blocks of Python are a whole file."""
    path = tmp_path / "tagger.py"
    path.write_text(code_of_the_page().replace('"my_tagger"', '"tagger_of_the_page"'), encoding="utf8")
    import_file("tagger_of_the_page", path)
    assert "tag_acc = 1.0" in make_config(["tagger_of_the_page"], bert_folder, "en")
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"model": {"name": bert_folder, "window_pieces": 128}})
    nlp.add_pipe("tagger_of_the_page")
    docs = make_treebank()
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in docs]
    optimizer = nlp.initialize(lambda: examples, sgd=create_adamw_v1(encoder_learn_rate=1e-3, head_learn_rate=1e-2))
    losses = [nlp.update(examples, sgd=optimizer)["tagger_of_the_page"] for _ in range(20)]
    assert losses[-1] < losses[0] / 2
    nlp(docs[0].text)
    assert nlp.evaluate(examples)["tag_acc"] > 0.5
