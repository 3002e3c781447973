"""A few of the kills and loads that `make faults` makes by the hundred; see `kills.py`."""

import os
from pathlib import Path

import pytest
from spacy.language import Language

from spacy_bert_ext import save_pipeline
from tests.faults import apply_kills
from tests.faults.kills import MIXED_SETTINGS, MODELS, NEW, OLD, REFUSED, Trainings, Versions
from tests.faults.pretraining_kills import MOST_LOST, Pretrainings

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Versions:
    return Versions(tmp_path_factory.mktemp("kills") / "versions")


def test_a_killed_save_of_a_pipeline_leaves_the_old_or_the_new_one(versions: Versions) -> None:
    assert set(versions.kills(save_pipeline, 2)) <= {OLD, NEW}


def test_a_killed_save_by_spacy_leaves_no_mixture_of_components(versions: Versions) -> None:
    found = versions.kills(Language.to_disk, 2)
    of_spacys_files = {name for name in found if "without a code" in name} | {MIXED_SETTINGS}
    assert set(found) - of_spacys_files <= {OLD, NEW, REFUSED}


def test_a_load_beside_a_save_gives_the_old_or_the_new_one(versions: Versions) -> None:
    assert set(versions.loads(save_pipeline, 3)) <= {OLD, NEW, REFUSED}


def test_a_killed_training_leaves_whole_pipelines_and_goes_on(tmp_path: Path) -> None:
    found = Trainings(tmp_path / "trainings").kills(1)
    assert all(set(found[name]) <= {OLD, NEW} for name in MODELS)
    assert set(found["resumed"]) <= {"to the end", "refused, [B092], and begun anew", "refused, [B090], and begun anew"}


def test_a_killed_pretraining_leaves_whole_checkpoints_and_loses_few_steps(tmp_path: Path) -> None:
    found = Pretrainings(tmp_path / "pretrainings").kills(1)
    assert all(set(found[name]) <= {OLD, NEW} for name in MODELS)
    assert max(found["steps lost"]) <= MOST_LOST
    assert set(found["resumed"]) <= {"to the end", "begun anew"}


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads memory from /proc")
def test_a_killed_apply_goes_on_to_the_same_bytes(tmp_path: Path) -> None:
    found = apply_kills.measure(tmp_path, "csv", 24_000, kills=2)
    assert found["equal"] and len(found["rows_at_kill"]) >= 1
