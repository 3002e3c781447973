"""A head of another package goes through every command: each gives a right result, or says what the head lacks."""

import json
from pathlib import Path

import pytest
import spacy
import srsly
from spacy.cli._util import app
from spacy.language import Language
from spacy.tokens import DocBin
from thinc.api import Config
from transformers import pipeline as huggingface_pipeline
from typer.testing import CliRunner

import spacy_bert_ext.cli  # noqa: F401  (registers the commands)
from spacy_bert_ext.explanation.methods import METHODS
from spacy_bert_ext.pipeline.bert_head import BertHead
from spacy_bert_ext.pipeline.exported import Exported, export_token_classifier
from tests.coded import raises_code
from tests.foreign import tagger
from tests.interop.treebank import make_treebank
from tests.training.resuming.runs import make_config, outcome, run_spacy, run_with_crashes, write_corpus
from tests.training.resuming.runs import run as train_once

CODE = ("--code", tagger.__file__)
TAGS = [[token.tag_ for token in doc] for doc in make_treebank()]
LABELS = sorted({tag for tags in TAGS for tag in tags})


def run(*arguments: object, code: int = 0) -> str:
    done = CliRunner().invoke(app, list(map(str, arguments)))
    assert done.exit_code == code, done.output or done.exception
    return " ".join(done.output.split())


@pytest.fixture(scope="module")
def folder(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A config, a corpus, and a pipeline that `spacy bert train` has trained until it knows the corpus by heart."""
    folder = tmp_path_factory.mktemp("tagger")
    write_corpus(folder / "corpus.spacy", n_copies=2)
    run("bert", "init-config", folder / "config.cfg", "--component", "token_tagger", "--encoder", bert_folder, *CODE)
    config = Config().from_disk(folder / "config.cfg", interpolate=False)
    config["paths"].update(train=str(folder / "corpus.spacy"), dev=str(folder / "corpus.spacy"))
    config["components"]["bert_encoder"]["model"].update(window_pieces=128, precision="fp32", device="cpu")
    config["training"].update(max_steps=60, eval_frequency=20)
    config["training"]["optimizer"].update(encoder_learn_rate=1e-3, head_learn_rate=1e-2)
    config.to_disk(folder / "config.cfg")
    run("bert", "train", folder / "config.cfg", "--output", folder / "training", *CODE)
    return folder


@pytest.fixture
def best(folder: Path) -> Path:
    return folder / "training" / "model-best"


@pytest.fixture
def tagger_class(best: Path) -> type[BertHead]:
    """That which commands without `--code` use: each `--code` defines it anew."""
    return type(spacy.load(best).get_pipe("token_tagger"))


@pytest.fixture
def exporting(tagger_class: type[BertHead], monkeypatch: pytest.MonkeyPatch) -> None:
    """A tagger that answers one more question."""

    def exported(self: BertHead) -> Exported:
        return export_token_classifier(self.name, self.shim.loaded_module, self.labels)

    monkeypatch.setattr(tagger_class, "exported", exported)


def tags_of(nlp: Language) -> list[list[str]]:
    return [[token.tag_ for token in nlp(doc.text)] for doc in make_treebank()]


def test_labels_are_found(folder: Path, tmp_path: Path) -> None:
    run("init", "labels", folder / "config.cfg", tmp_path, *CODE)
    assert srsly.read_json(tmp_path / "token_tagger.json") == LABELS


def test_it_learns_by_heart_and_survives_disk_and_bytes(best: Path) -> None:
    nlp = spacy.load(best)
    assert tags_of(nlp) == TAGS and nlp.get_pipe("token_tagger").labels == tuple(LABELS)
    other = spacy.load(best).from_bytes(nlp.to_bytes())
    assert tags_of(other) == TAGS
    assert nlp.get_pipe("token_tagger").add_label("XX") == 1 and tags_of(nlp) == TAGS


def test_training_and_resuming_give_the_bytes_of_spacy_train(bert_folder: str, tmp_path: Path) -> None:
    config = make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy"), heads=("token_tagger",))
    run_spacy(config, tmp_path / "spacy")
    train_once(config, tmp_path / "ours")
    run_with_crashes(config, tmp_path / "resumed", (6, 11))
    expected = outcome(tmp_path / "spacy" / "model-last")
    assert outcome(tmp_path / "ours" / "model-last") == expected == outcome(tmp_path / "resumed" / "model-last")


def test_unknown_tags_stop_a_training_before_it_begins(folder: Path, tmp_path: Path) -> None:
    config = Config().from_disk(folder / "config.cfg", interpolate=False)
    config["initialize"]["components"] = {"token_tagger": {"labels": LABELS[1:]}}
    config.to_disk(tmp_path / "config.cfg")
    for command in ("train", "doctor"):
        printed = run("bert", command, tmp_path / "config.cfg", *CODE, code=1)
        assert "does not know the tags" in printed and LABELS[0] in printed


def test_the_doctor_counts_tags(folder: Path) -> None:
    printed = run("bert", "doctor", folder / "config.cfg", *CODE)
    n_names = str(2 * sum(tags.count("NNP") for tags in TAGS))
    assert "Tags: token_tagger" in printed and f"NNP {n_names} {n_names}" in printed
    assert "The training can begin" in printed


def test_the_doctor_says_what_it_lacks(
    folder: Path, tagger_class: type[BertHead], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tagger_class, "summarize_gold")
    printed = run("bert", "doctor", folder / "config.cfg")
    assert "[B300] 'token_tagger' has no answer" in printed and "The training can begin" in printed


def test_evaluate_reports_its_accuracy(folder: Path, best: Path, tmp_path: Path) -> None:
    printed = run("bert", "evaluate", best, folder / "corpus.spacy", "--output", tmp_path / "report", *CODE)
    assert "token_tagger, tag_acc 100.0" in printed
    scores = json.loads((tmp_path / "report" / "scores.json").read_text())
    assert scores["others"] == {"token_tagger": {"numbers": {"tag_acc": 1.0}, "prf": {}, "per_label": {}}}
    assert scores["entities"] is None and scores["categories"] == {}
    page = (tmp_path / "report" / "index.html").read_text()
    assert "<code>token_tagger</code>" in page and "tag_acc</th><td>100.0</td>" in page
    nlp = spacy.blank("en")
    DocBin(docs=[nlp("Nobody knows")]).to_disk(tmp_path / "bare.spacy")
    printed = run("bert", "evaluate", best, tmp_path / "bare.spacy", "--output", tmp_path / "none", *CODE, code=1)
    assert "[B096]" in printed and not (tmp_path / "none").exists()


def test_calibrate_fits_a_temperature(folder: Path, best: Path, tmp_path: Path) -> None:
    printed = run("bert", "calibrate", best, folder / "corpus.spacy", tmp_path / "calibrated", *CODE)
    assert "token_tagger" in printed
    nlp = spacy.load(tmp_path / "calibrated")
    assert nlp.get_pipe("token_tagger").cfg["temperature"] < 1 and tags_of(nlp) == TAGS
    arguments = ("bert", "calibrate", best, folder / "corpus.spacy", tmp_path / "tuned", "--thresholds", *CODE)
    assert "[B088]" in run(*arguments, code=1)


def test_calibrate_says_what_it_lacks(
    folder: Path, best: Path, tagger_class: type[BertHead], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(tagger_class, "confidence")
    arguments = ("bert", "calibrate", best, folder / "corpus.spacy", tmp_path / "calibrated")
    assert "[B300]" in run(*arguments, "--component", "token_tagger", code=1)
    assert "[B089]" in run(*arguments, code=1)


def test_export_says_what_it_lacks(best: Path, tmp_path: Path) -> None:
    printed = run("bert", "export", best, tmp_path / "out", "--component", "token_tagger", *CODE, code=1)
    assert "[B300]" in printed and "`exported`" in printed and not (tmp_path / "out").exists()


@pytest.mark.usefixtures("exporting")
def test_transformers_finds_the_same_tags(best: Path, tmp_path: Path) -> None:
    run("bert", "export", best, tmp_path / "out", "--component", "token_tagger")
    tag = huggingface_pipeline("token-classification", str(tmp_path / "out"), ignore_labels=[], device="cpu")
    for doc, tags in zip(make_treebank(), TAGS):
        found = {one["start"]: one["entity"] for one in tag(doc.text)}
        assert [found[token.idx] for token in doc] == tags
    assert "pipeline_tag: token-classification" in (tmp_path / "out" / "README.md").read_text()


@pytest.mark.usefixtures("exporting")
def test_an_exported_tagger_is_no_checkpoint_of_entities(best: Path, tmp_path: Path) -> None:
    run("bert", "export", best, tmp_path / "out", "--component", "token_tagger")
    assert "[B0" in run("bert", "import", tmp_path / "out", tmp_path / "pipeline", code=1)


def test_half_and_push(best: Path, tmp_path: Path) -> None:
    run("bert", "half", best, tmp_path / "half")
    assert tags_of(spacy.load(tmp_path / "half")) == TAGS
    assert "[B067]" in run("bert", "push", tmp_path / "half", "someone/en_tagger", code=1)  # the tests are offline


def test_package(best: Path, tmp_path: Path) -> None:
    tmp_path.joinpath("packages").mkdir()
    run("package", best, tmp_path / "packages", "--build", "none", "--name", "tagger", *CODE)
    (config,) = (tmp_path / "packages").rglob("config.cfg")
    assert tags_of(spacy.load(config.parent)) == TAGS
    assert list((tmp_path / "packages").rglob("tagger.py"))


@pytest.mark.parametrize("method", METHODS)
def test_it_is_explained(best: Path, method: str) -> None:
    nlp = spacy.load(best)
    doc = nlp(" ".join(token.text for token in make_treebank()[0]))
    found = nlp.get_pipe("token_tagger").explain(doc[1:2], method=method)
    assert (found.label, found.target, found.probability) == (doc[1].tag_, (1, 2), None)
    assert len(found.scores) == len(doc)
    assert abs(found.scores).sum() > 0
    with raises_code("B391", match="nothing"):
        nlp.get_pipe("token_tagger").explain(doc[1:2], "nothing", method=method)
