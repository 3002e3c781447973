"""The files of default settings: one for each factory, all of them installed."""

import re
from configparser import ConfigParser
from importlib.metadata import entry_points
from itertools import pairwise
from pathlib import Path

import pytest
from spacy.language import Language

from spacy_bert_ext import factories  # noqa: F401  (registers the factories)
from spacy_bert_ext.defaults import FOLDER, default_loss, default_settings, default_text, has_defaults

OURS = sorted(
    point.name for point in entry_points(group="spacy_factories") if point.value.startswith("spacy_bert_ext.")
)
SETUP = Path(__file__).parent.parent / "setup.cfg"


def test_each_factory_has_a_file_and_each_file_a_factory() -> None:
    assert sorted(path.stem for path in FOLDER.glob("*.cfg")) == sorted(
        [*OURS, "exportable", "loss", "pretraining", "training"]
    )
    assert all(has_defaults(name) for name in OURS) and not has_defaults("ner")


@pytest.mark.parametrize("name", OURS)
def test_a_factory_has_the_settings_and_score_weights_of_its_file(name: str) -> None:
    meta = Language.get_factory_meta(name)
    assert (meta.default_config, meta.default_score_weights) == default_settings(name)


@pytest.mark.parametrize("name", OURS)
def test_a_setting_has_a_comment(name: str) -> None:
    """But for names of functions, and what speaks for itself."""
    lines = default_text(name).splitlines()
    for before, line in pairwise(lines):
        if re.match(r"(?!factory)\w+ = ", line) and not re.match("cats_|ents_|spans_sc_|qa_|summary_|mlm_", line):
            assert before.startswith("# "), line


@pytest.mark.parametrize("name", [name for name in OURS[1:] if name != "bert_pretraining"])  # its truths are no classes
def test_heads_have_one_block_for_the_loss(name: str) -> None:
    assert default_settings(name)[0]["loss"] == default_loss()
    assert "${" not in default_text(name)


@pytest.mark.skipif(not SETUP.exists(), reason="setup.cfg is in a checkout only")
def test_the_files_are_installed() -> None:
    setup = ConfigParser()
    setup.read(SETUP, encoding="utf8")
    patterns = setup["options.package_data"]["spacy_bert_ext"].split()
    installed = {path for pattern in patterns for path in FOLDER.parent.glob(pattern)}
    assert set(FOLDER.glob("*.cfg")) <= installed
