"""What can not be trained is refused before anything is removed."""

from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin, Span
from spacy.training.initialize import init_nlp
from thinc.api import Config

import spacy_bert_ext.cli  # noqa: F401
from spacy_bert_ext.training.log_file import LOG_FILE
from spacy_bert_ext.training.resuming.state import STATE_FOLDER
from tests.training.resuming.runs import (
    outcome,
    run,
)


@pytest.mark.parametrize("setting", ["eval_frequency", "accumulate_gradient"])
def test_numbers_below_1_are_refused_before_anything_is_removed(config: Config, tmp_path: Path, setting: str) -> None:
    run(config.merge({"training": {"max_steps": 1}}), tmp_path / "out")
    before = outcome(tmp_path / "out" / "model-last")
    with pytest.raises(ValueError, match=rf"B012.*`training.{setting} = 0` is out of range. Allowed: 1 or more"):
        run(config.merge({"training": {setting: 0}}), tmp_path / "out")
    assert outcome(tmp_path / "out" / "model-last") == before


def test_what_can_not_be_trained_leaves_an_earlier_training_as_it_was(config: Config, tmp_path: Path) -> None:
    out = tmp_path / "out"
    run(config.merge({"training": {"max_steps": 1}}), out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    assert {path.relative_to(out).parts[0] for path in before} == {"model-last", "model-best", STATE_FOLDER, LOG_FILE}
    empty, other = str(tmp_path / "empty.spacy"), str(tmp_path / "other.spacy")
    DocBin().to_disk(empty)
    gold = spacy.blank("en").make_doc("other labels")
    gold.ents = [Span(gold, 0, 1, "OTHER")]
    DocBin(docs=[gold]).to_disk(other)
    labels = {name: {"labels": init_nlp(config).get_pipe(name).labels} for name in ("bert_ner", "bert_textcat")}
    none_fits = {"@batchers": "spacy.batch_by_words.v1", "size": 1, "tolerance": 0.0, "discard_oversize": True}
    for changed, expected in (
        ({"corpora": {"dev": {"path": empty}}}, "B098.*The dev corpus is empty"),
        ({"corpora": {"train": {"path": empty}}, "initialize": {"components": labels}}, "E986"),
        ({"corpora": {"train": {"path": other}}, "initialize": {"components": labels}}, "B029.*OTHER"),
        ({"training": {"batcher": none_fits, "max_epochs": 1}}, "B099.*not a single batch"),
        ({"training": {"logger": {"@loggers": "spacy-bert-ext.Log.v1", "output_file": str(tmp_path)}}}, "B012"),
    ):
        with pytest.raises(ValueError, match=expected):
            run(config.merge(changed), out)
        assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before, changed
