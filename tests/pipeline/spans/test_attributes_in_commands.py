"""A pipeline with attributes of spans through the commands."""

import json
from pathlib import Path

import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import DocBin
from thinc.api import Config

from spacy_bert_ext.pipeline.spans.attributes import define_attributes
from tests.cli.runner import run
from tests.pipeline.spans.attributed import GOLD, NAMES, example, extensions_removed, make_examples
from tests.test_spacy_commands import run as run_spacy
from tests.training.resuming.runs import make_config, outcome, run_with_crashes, without_times
from tests.training.resuming.runs import run as run_training


@pytest.fixture(scope="module", autouse=True)
def defined():
    with extensions_removed(*NAMES):
        define_attributes(NAMES, "mine")
        yield


def write(path: Path, nlp: Language, *, only: int | None = None, user_data: bool = True) -> Path:
    docs = [eg.reference for eg in make_examples(nlp)][:only] * 4
    DocBin(docs=docs, store_user_data=user_data).to_disk(path)
    return path


@pytest.fixture(scope="module")
def config(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Config:
    corpus = write(tmp_path_factory.mktemp("attributes") / "corpus.spacy", spacy.blank("en"))
    return make_config(
        bert_folder, corpus, ["bert_spancat"], {"bert_spancat": {"attributes": list(NAMES)}}, max_steps=8
    )


@pytest.fixture(scope="module")
def trained(config: Config, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, list]:
    output = tmp_path_factory.mktemp("uninterrupted")
    return output / "model-last", run_training(config, output)


def test_a_resumed_training_is_the_uninterrupted_one(
    config: Config, trained: tuple[Path, list], tmp_path: Path
) -> None:
    told = run_with_crashes(config, tmp_path, [5], save_every=2)
    assert without_times(told) == without_times(trained[1])[-len(told) :]
    assert outcome(tmp_path / "model-last") == outcome(trained[0])


def test_the_commands_of_a_trained_pipeline(config: Config, trained: tuple[Path, list], tmp_path: Path) -> None:
    corpus = config.interpolate()["paths"]["dev"]
    nlp = spacy.load(trained[0])
    nlp.get_pipe("bert_spancat").cfg["threshold"] = nlp.get_pipe("bert_spancat").finder_threshold = 0.0
    for text in GOLD:
        assert nlp(text).spans["sc"].attrs["negated"]  # everything is a span
    nlp.to_disk(tmp_path / "everything")
    everything = Config().from_disk(tmp_path / "everything" / "config.cfg")
    everything["components"]["bert_spancat"]["finder_threshold"] = 0.0
    everything.to_disk(tmp_path / "everything" / "config.cfg")
    code, output = run("evaluate", tmp_path / "everything", corpus, "--output", tmp_path / "report")
    assert code == 0, output
    attributes = json.loads((tmp_path / "report" / "scores.json").read_text())["spans"]["sc"]["attributes"]
    assert list(attributes) == list(NAMES)
    for name in attributes:
        assert f"spans sc, {name}, accuracy" in output
        assert f"Attribute <code>{name}</code>" in (tmp_path / "report" / "index.html").read_text()
    run_spacy("evaluate", tmp_path / "everything", corpus, "--output", tmp_path / "theirs.json")
    scores = json.loads((tmp_path / "theirs.json").read_text())
    for name, found in attributes.items():
        assert scores[f"spans_sc_{name}_acc"] == pytest.approx(found["micro"]["f"])
        assert scores[f"spans_sc_{name}_macro_f"] == pytest.approx(found["macro"]["f"])
    code, output = run("calibrate", trained[0], corpus, tmp_path / "calibrated")
    assert code == 0, output
    assert spacy.load(tmp_path / "calibrated").get_pipe("bert_spancat").label_data["attributes"]["negated"] == [
        False,
        True,
    ]


def test_labels_are_saved_and_read(config: Config, tmp_path: Path) -> None:
    config.to_disk(tmp_path / "config.cfg")
    run_spacy("init", "labels", tmp_path / "config.cfg", tmp_path / "labels")
    table = srsly.read_json(tmp_path / "labels" / "bert_spancat.json")
    assert table["attributes"] == {"negated": [False, True], "certainty": ["sure", "unsure"]}
    labels = {"@readers": "spacy.read_labels.v1", "path": str(tmp_path / "labels" / "bert_spancat.json")}
    with_labels = Config(config).merge({"initialize": {"components": {"bert_spancat": {"labels": labels}}}})
    told = run_training(with_labels, tmp_path / "out")
    assert any(info is not None for info in told)


def test_the_doctor_counts_values(config: Config, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    config.to_disk(tmp_path / "config.cfg")

    def examine(train: Path, dev: Path) -> str:
        code, output = run("doctor", tmp_path / "config.cfg", "--paths.train", train, "--paths.dev", dev)
        assert code in (0, 1), output
        return " ".join(output.split())

    everything = write(tmp_path / "all.spacy", nlp)
    output = examine(everything, everything)
    assert (
        "certainty train dev" in output and "True 16 4" in output and "unsure 8 2" in output
    )  # of the 4 dev Docs that are read
    assert "Fewer than 20 train examples: False, True" in output
    assert "4 train spans have no value of `certainty`" in output
    output = examine(write(tmp_path / "three.spacy", nlp, only=3), everything)
    assert "`certainty` has one value only in the train corpus: sure" in output
    assert "Only in the dev corpus: unsure" in output
    lost = write(tmp_path / "lost.spacy", nlp, user_data=False)
    assert "B414" in examine(lost, lost)
    mixed = example(nlp, "fever was seen", (0, 1, "SIGN", True, "sure"), (1, 2, "SIGN", "yes", "sure"))
    DocBin(docs=[mixed.reference], store_user_data=True).to_disk(tmp_path / "mixed.spacy")
    assert "B413" in examine(tmp_path / "mixed.spacy", everything)
