"""Trainings that write something else than pipelines, have nothing to evaluate on, or evaluate their last step."""

from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.training.initialize import init_nlp
from thinc.api import Config

from spacy_bert_ext.files.folder_kinds import FolderKind
from spacy_bert_ext.files.folders import written_whole
from spacy_bert_ext.training.log_file import LOG_FILE
from spacy_bert_ext.training.resuming.kinds import ORDINARY, Kind
from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.run import Run
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, read_state
from tests.training.resuming.crash import TOLD, Crash
from tests.training.resuming.runs import make_config, with_crash, write_corpus


class Notes:
    """Models that are the number of their steps, in a file."""

    what = "note"
    marker = "note.txt"
    folder_kind = FolderKind("note", (marker,))

    def save(self, run: Run, path: Path) -> None:
        with written_whole(path, replacing=self.folder_kind) as folder:
            (folder / self.marker).write_text(str(run.progress.n_steps))

    def copy(self, source: Path, path: Path) -> None:
        with written_whole(path, replacing=self.folder_kind) as folder:
            (folder / self.marker).write_text((source / self.marker).read_text())


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Config:
    corpus = write_corpus(tmp_path / "corpus.spacy", 1)
    return make_config(bert_folder, corpus, ["bert_ner"], max_steps=7, eval_frequency=5)


def run(config: Config, output: Path, kind: Kind, *, resume: bool = False) -> list[dict[str, Any] | None]:
    state = read_state(output / STATE_FOLDER) if resume else None
    train(init_nlp(config), output, kind=kind, state=state, stdout=StringIO(), stderr=StringIO())
    return list(TOLD)


def evaluated(told: list[dict[str, Any] | None]) -> list[int]:
    return [info["step"] for info in told if info is not None]


def note(output: Path, name: str) -> int:
    return int((output / name / Notes.marker).read_text())


def test_models_of_another_kind_take_the_place_of_pipelines(config: Config, tmp_path: Path) -> None:
    out, stdout = tmp_path / "out", StringIO()
    _, last = train(init_nlp(config), out, kind=Kind(Notes()), stdout=stdout, stderr=StringIO())
    assert last == out / "model-last" and "Saved note to output directory" in stdout.getvalue()
    assert {path.name for path in out.iterdir()} == {"model-last", "model-best", STATE_FOLDER, LOG_FILE}
    assert note(out, "model-last") == 8 and note(out, "model-best") in (1, 6)
    assert read_state(out / STATE_FOLDER).n_steps == 8


def test_models_of_one_kind_do_not_replace_those_of_another(config: Config, tmp_path: Path) -> None:
    run(config, tmp_path / "pipelines", ORDINARY)
    with pytest.raises(ValueError, match="B032.*holds no note"):
        run(config, tmp_path / "pipelines", Kind(Notes()))
    assert spacy.load(tmp_path / "pipelines" / "model-last").pipe_names == ["bert_encoder", "bert_ner"]
    run(config, tmp_path / "notes", Kind(Notes()))
    with pytest.raises(ValueError, match="B032.*holds no pipeline"):
        run(config, tmp_path / "notes", ORDINARY)
    run(config.merge({"training": {"max_steps": 1}}), tmp_path / "notes", Kind(Notes()))  # its own are
    assert note(tmp_path / "notes", "model-last") == 2


def test_without_anything_to_evaluate_on_the_last_step_is_the_best(config: Config, tmp_path: Path) -> None:
    config = config.merge({"training": {"patience": 1}, "corpora": {"dev": {"path": str(tmp_path / "absent")}}})
    told = run(config, tmp_path / "out", Kind(Notes(), is_evaluated=False, evaluates_last=True))
    assert evaluated(told) == [0, 5, 7]  # and `patience` has ended nothing
    assert all(info["other_scores"] == {} for info in told if info is not None)
    assert note(tmp_path / "out", "model-best") == note(tmp_path / "out", "model-last") == 8


LAST = Kind(Notes(), evaluates_last=True)


def test_the_last_step_is_evaluated_whatever_its_number(config: Config, tmp_path: Path) -> None:
    assert evaluated(run(config, tmp_path / "ordinary", ORDINARY)) == [0, 5]
    told = run(config, tmp_path / "out", LAST)
    assert evaluated(told) == [0, 5, 7] and len(told) == 8
    assert read_state(tmp_path / "out" / STATE_FOLDER).settings["progress"]["results"][-1][1] == 7


def test_the_last_step_is_evaluated_where_the_batches_run_out(config: Config, tmp_path: Path) -> None:
    config = config.merge({"training": {"max_steps": 0, "max_epochs": 2}})
    told = run(config, tmp_path / "out", LAST)
    n_steps = read_state(tmp_path / "out" / STATE_FOLDER).n_steps
    assert told[-2] is None and told[-1]["step"] == n_steps - 1 and told[-1]["epoch"] == 1
    assert note(tmp_path / "out", "model-last") == n_steps
    assert evaluated(run(config, tmp_path / "out", LAST, resume=True)) == []  # there is nothing left to do


def test_a_training_with_patience_ends_with_an_evaluation(config: Config, tmp_path: Path) -> None:
    config = config.merge({"training": {"max_steps": 0, "patience": 3, "eval_frequency": 2, "max_epochs": 50}})
    config["training"]["optimizer"] |= {"encoder_learn_rate": 0.0, "head_learn_rate": 0.0, "schedule": None}
    told = run(config, tmp_path / "out", replace(LAST, models=Notes()))
    assert evaluated(told) == [0, 2, 3]


def test_what_each_evaluation_has_measured_is_kept_and_survives(config: Config, tmp_path: Path) -> None:
    whole, broken = tmp_path / "whole", tmp_path / "broken"
    run(config, whole, LAST)
    with pytest.raises(Crash):
        run(with_crash(config, 7), broken, LAST)
    run(config, broken, LAST, resume=True)
    expected, found = (read_state(out / STATE_FOLDER).settings["progress"] for out in (whole, broken))
    assert found["scores"] == expected["scores"] and len(found["scores"]) == 3
    assert {"ents_f", "ents_p"} <= found["scores"][0].keys() and "speed" not in found["scores"][0]
