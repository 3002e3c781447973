"""Damaged and hostile folders: each is refused with a code, or used as it was, or used with a warning.

All of them are tried by `make faults`, which sets SPACY_BERT_EXT_FAULTS=all and writes the figures; else a few.
"""

import collections
import json
import os
import shutil
from pathlib import Path

import pytest
import spacy

from tests.faults.damages import ENCODER, damages
from tests.faults.outcomes import FAULTS, WAYS, outcome, results
from tests.pipeline.pipelines import learn, make_initialized

ALL = os.environ.get("SPACY_BERT_EXT_FAULTS") == "all"
ONE_IN = 1 if ALL else 29
RESULTS = Path(__file__).parents[2] / "benchmarks" / "results" / "faults.json"

CASES = [
    (way, name, damage)
    for name, damage in damages()
    for way in WAYS
    if way != "as_checkpoint" or (name.startswith(ENCODER) and "/cfg" not in name and "/checksums" not in name)
]
TRIED = CASES[::ONE_IN]

pytestmark = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs processes that fork")


@pytest.fixture(scope="module")
def whole(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    nlp = make_initialized(bert_folder, heads=("bert_ner", "bert_textcat"))
    learn(nlp)
    folder = tmp_path_factory.mktemp("faults") / "whole"
    nlp.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def expected(whole: Path) -> dict[str, list]:
    """What each way of loading gives of the whole folder."""
    found = {"as_it_is": results(spacy.load(whole))}
    found["checksums_renewed"] = found["as_it_is"]
    found["as_checkpoint"] = results(WAYS["as_checkpoint"](whole))
    return json.loads(json.dumps(found))


@pytest.fixture(scope="module")
def figures():
    found: collections.Counter = collections.Counter()
    yield found
    if ALL:
        kinds = ("refused", "warned", "same", "changed by intent", *FAULTS)
        table = {way: {kind: found[way, kind] for kind in kinds} for way in WAYS}
        former = json.loads(RESULTS.read_text()) if RESULTS.exists() else {}
        tried = {way: of for way, of in table.items() if any(of.values())}
        former["damaged_folders"] = {**former.get("damaged_folders", {}), **tried}
        RESULTS.write_text(json.dumps(former, indent=2) + "\n")


@pytest.mark.parametrize(("way", "name", "damage"), TRIED, ids=[f"{way}, {name}"[:100] for way, name, _ in TRIED])
def test_a_damaged_folder_is_refused_or_works(
    way: str, name: str, damage, whole: Path, expected: dict, figures: collections.Counter, tmp_path: Path
) -> None:
    folder = Path(shutil.copytree(whole, tmp_path / "damaged"))
    damage(folder)
    kind, message = outcome(WAYS[way], folder, expected[way])
    if kind == "silent change" and way != "as_it_is":
        kind = "changed by intent"  # nothing could tell
    figures[way, kind] += 1
    assert kind not in FAULTS, message


def test_there_are_enough() -> None:
    assert len(CASES) >= 250
    assert len({name for _, name, _ in CASES}) >= 200
