"""A component that sets `doc.spans`, through every command: spaCy's on our encoder, and our own."""

import json
from pathlib import Path

import pytest
import spacy
from spacy.pipeline import SpanCategorizer
from spacy.tokens import DocBin
from thinc.api import Config

from spacy_bert_ext.calibration.calibrating import calibrate
from tests.annotated import DATA, make_examples
from tests.cli.runner import run
from tests.coded import raises_code
from tests.evaluation.annotated import set_group
from tests.pipeline.pipelines import encoder_config, learn
from tests.test_spacy_commands import run as run_spacy

KEY = "own"

OF_SPACY = {
    "spans_key": KEY,
    "model": {
        "@architectures": "spacy.SpanCategorizer.v1",
        "tok2vec": {"@architectures": "spacy-bert-ext.Tok2VecListener.v1"},
        "reducer": {"@layers": "spacy.mean_max_reducer.v1", "hidden_size": 8},
        "scorer": {"@layers": "spacy.LinearLogistic.v1"},
    },
}
NGRAMS = {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2, 3]}
COMPONENTS = {
    "spancat": OF_SPACY,
    "bert_spancat": {"spans_key": KEY},
    "bert_spancat_singlelabel": {"spans_key": KEY, "suggester": NGRAMS},
}


@pytest.fixture(scope="module", params=COMPONENTS)
def folder(request: pytest.FixtureRequest, bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """With a config, and a corpus in which a Doc in three has no spans annotated."""
    path = tmp_path_factory.mktemp("spans")
    docs = [eg.reference for eg in make_examples(spacy.blank("en"))]
    for doc in docs[:2]:
        set_group(doc, (0, 3, "TEAM"), (0, 2, "NAME"), (1, 2, "NAME"), key=KEY)
    DocBin(docs=docs * 34).to_disk(path / "train.spacy")
    DocBin(docs=docs).to_disk(path / "dev.spacy")
    components = {"bert_encoder": {"factory": "bert_encoder", **encoder_config(bert_folder)}}
    components["spans"] = {"factory": request.param, **COMPONENTS[request.param]}
    partial = {
        "paths": {"encoder": bert_folder, "train": f"{path}/train.spacy", "dev": f"{path}/dev.spacy"},
        "nlp": {"lang": "en", "pipeline": ["bert_encoder", "spans"]},
        "components": components,
        "training": {"max_steps": 4, "eval_frequency": 2},
    }
    (path / "partial.cfg").write_text(Config(partial).to_str(interpolate=False))
    assert run("fill-config", path / "partial.cfg", path / "config.cfg")[0] == 0
    return path


@pytest.fixture(scope="module")
def pipeline(folder: Path) -> Path:
    """Trained in two runs."""
    first = run("train", folder / "config.cfg", "--output", folder / "out", "--training.max_steps", 2)
    then = run("train", folder / "config.cfg", "--output", folder / "out", "--resume")
    assert (first[0], then[0]) == (0, 0), then[1]
    assert f"SPANS_{KEY.upper()}_F" in then[1] and "Resuming after" in then[1]
    return folder / "out" / "model-last"


def test_weights_are_those_of_the_key(folder: Path) -> None:
    weights = Config().from_disk(folder / "config.cfg", interpolate=False)["training"]["score_weights"]
    assert [name for name, weight in weights.items() if weight] == [f"spans_{KEY}_f"]


def test_the_doctor_and_debug_data_begin_a_training(folder: Path) -> None:
    code, output = run("doctor", folder / "config.cfg")
    assert code == 0 and "The training can begin" in output and "has not given" not in output
    assert "Training pipeline: bert_encoder, spans" in run_spacy("debug", "data", folder / "config.cfg")


def test_evaluate_package_and_card(folder: Path, pipeline: Path, tmp_path: Path) -> None:
    report = tmp_path / "report"
    code, output = run("evaluate", pipeline, folder / "dev.spacy", "--output", report)
    assert code == 0 and f"spans {KEY}, F" in output and f"spans {KEY}, nested, F" in output
    part = json.loads((report / "scores.json").read_text(encoding="utf8"))["spans"][KEY]
    assert (part["components"], part["docs"], part["docs_without_annotation"]) == (["spans"], 2, 1)
    run_spacy("evaluate", pipeline, folder / "dev.spacy", "--output", tmp_path / "theirs.json", "--per-component")
    theirs = json.loads((tmp_path / "theirs.json").read_text(encoding="utf8"))["spans"]
    assert [part["micro"][name] for name in "prf"] == pytest.approx([theirs[f"spans_{KEY}_{name}"] for name in "prf"])
    run_spacy("package", pipeline, tmp_path, "--build", "none")
    (card,) = tmp_path.glob("*/README.md")
    assert f"`SPANS_{KEY.upper()}_F`" in card.read_text(encoding="utf8")


def test_calibrate(folder: Path, pipeline: Path, tmp_path: Path) -> None:
    nlp, examples = spacy.load(pipeline), make_examples(spacy.blank("en"))
    for eg in examples:
        set_group(eg.reference, (0, 3, "TEAM"), (0, 2, "NAME"), (1, 2, "NAME"), key=KEY)
    if isinstance(nlp.get_pipe("spans"), SpanCategorizer):
        with raises_code("B089"):
            calibrate(nlp, examples, thresholds=True, min_positives=1)
        return
    learn(nlp, examples)
    (result,) = calibrate(nlp, [*make_examples(nlp, DATA * 2), *examples], thresholds=True, min_positives=1)
    assert result.name == "spans" and result.loss_after <= result.loss_before
    assert set(nlp.get_pipe("spans").cfg["thresholds"]) == {"TEAM", "NAME"}
