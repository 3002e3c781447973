"""Heads of pairs in the commands, which take second texts from the gold Docs."""

import json
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin
from thinc.api import Config

from tests.cli.runner import run
from tests.interop.test_spans_in_commands import run_spacy
from tests.pipeline.pairs.paired import paired_examples
from tests.training.resuming import runs

COMPONENTS = ("bert_textpair", "bert_textpair_score")


@pytest.fixture(params=COMPONENTS)
def config(request: pytest.FixtureRequest, bert_folder: str, tmp_path: Path) -> Config:
    nlp = spacy.blank("en")
    for name in ("pair", "pair_score"):
        if not Doc.has_extension(name):
            Doc.set_extension(name, default=None)
    docs = [eg.reference for eg in paired_examples(nlp)] + [nlp.make_doc("one text alone")]
    DocBin(docs=docs * 5, store_user_data=True).to_disk(tmp_path / "corpus.spacy")
    return runs.make_config(bert_folder, tmp_path / "corpus.spacy", (request.param,))


def test_a_resumed_training_ends_where_an_uninterrupted_one_does(config: Config, tmp_path: Path) -> None:
    runs.run(config, tmp_path / "whole")
    runs.run_with_crashes(config, tmp_path / "resumed", [2, 7], save_every=2)
    for which in ("model-best", "model-last"):
        whole, other = (runs.outcome(tmp_path / folder / which) for folder in ("whole", "resumed"))
        assert whole == other


def test_doctor_evaluate_calibrate_package(config: Config, tmp_path: Path) -> None:
    name, corpus = config["nlp"]["pipeline"][-1], tmp_path / "corpus.spacy"
    whole = Config().from_str(config.to_str(interpolate=False), interpolate=False)
    whole["training"]["logger"] = {"@loggers": "spacy-bert-ext.Log.v1"}
    whole["training"]["max_steps"], whole["training"]["eval_frequency"] = 4, 2
    whole.to_disk(tmp_path / "config.cfg", interpolate=False)
    assert run("fill-config", tmp_path / "config.cfg", tmp_path / "filled.cfg")[0] == 0
    code, output = run("doctor", tmp_path / "filled.cfg")
    assert code == 0 and "The training can begin" in output and "5 train Docs have no annotation" in output
    code, output = run("train", tmp_path / "filled.cfg", "--output", tmp_path / "out")
    assert code == 0 and "B454" not in output, output
    pipeline = tmp_path / "out" / "model-last"
    code, output = run("evaluate", pipeline, corpus, "--output", tmp_path / "report")
    assert code == 0, output
    scores = json.loads((tmp_path / "report" / "scores.json").read_text(encoding="utf8"))
    run_spacy("evaluate", pipeline, corpus, "--output", tmp_path / "theirs.json")
    theirs = json.loads((tmp_path / "theirs.json").read_text(encoding="utf8"))
    if name == "bert_textpair":
        part = scores["categories"][name]
        assert part["docs"] == 20 and part["docs_without_annotation"] == 5
        assert part["macro"]["f"] == pytest.approx(theirs["cats_macro_f"])
    else:
        assert scores["others"][name]["numbers"]["pair_score_mse"] == pytest.approx(theirs["pair_score_mse"])
    code, output = run("calibrate", pipeline, corpus, tmp_path / "calibrated")
    assert (code == 0) == (name == "bert_textpair") and (code == 0 or "B089" in output)
    run_spacy("package", pipeline, tmp_path, "--build", "none")
    (card,) = tmp_path.glob("*/README.md")
    assert name in card.read_text(encoding="utf8")
