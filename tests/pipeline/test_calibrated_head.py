"""The temperature of heads of all kinds: set, saved, and edited on disk."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from tests.coded import raises_code
from tests.pipeline.pipelines import head_of, make_initialized
from tests.pipeline.summaries.summarized import make_summarizer


def make(folder: str, name: str) -> Language:
    return make_summarizer(folder) if name == "bert_summarizer" else make_initialized(folder, (name,))


@pytest.mark.parametrize("name", ["bert_textcat", "bert_qa", "bert_summarizer"])
def test_temperatures_are_kept_and_checked(bert_folder: str, tmp_path: Path, name: str) -> None:
    nlp = make(bert_folder, name)
    assert head_of(nlp, name).temperature() == 1.0
    head_of(nlp, name).cfg["temperature"] = 1.5
    nlp.to_disk(tmp_path)
    assert head_of(spacy.load(tmp_path), name).temperature() == 1.5
    settings = tmp_path / name / "cfg"
    settings.write_text(settings.read_text().replace('"temperature": 1.5', '"temperature": -1'))
    with raises_code("B030", match="cfg can't be right.*temperature"):
        spacy.load(tmp_path)
    head_of(nlp, name).cfg["temperature"] = 0
    with raises_code("B012", match="temperature"):
        head_of(nlp, name).temperature()
