"""`python -m spacy bert import`."""

from pathlib import Path

import pytest
import spacy

from tests.checkpoints.classifiers import TAGS, make_classifier
from tests.cli.runner import run


@pytest.fixture
def ready(tmp_path: Path) -> str:
    return make_classifier(tmp_path / "ready", "electra", "token-classification", TAGS)


def test_it_writes_a_pipeline(ready: str, tmp_path: Path) -> None:
    out = tmp_path / "pipeline"
    code, output = run("import", ready, out, "--lang", "de", "--name", "entities", "--rename", "PER = PERSON")
    assert code == 0 and "2 labels: PERSON, LOC" in output
    nlp = spacy.load(out)
    assert (nlp.lang, nlp.pipe_names) == ("de", ["bert_encoder", "entities"])
    assert nlp.get_pipe("entities").labels == ("PERSON", "LOC")
    assert str(tmp_path) not in (out / "config.cfg").read_text()
    assert "B550" in run("import", ready, out)[1]
    code, output = run("import", ready, out, "--force")
    assert code == 0 and spacy.load(out).lang == "en"


def test_what_goes_wrong_is_told_in_one_line(ready: str, tmp_path: Path) -> None:
    code, output = run("import", ready, tmp_path / "new", "--rename", "PER")
    assert code == 1 and "B010" in output
    code, output = run("import", tmp_path / "nothing", tmp_path / "new")
    assert code == 1 and "B001" in output and not (tmp_path / "new").exists()


def test_a_cross_encoder_becomes_a_head_of_pairs_and_goes_back(tmp_path: Path) -> None:
    folder = make_classifier(tmp_path / "checkpoint", "bert", "text-classification", ["LABEL_0"])
    code, output = run("import", folder, tmp_path / "out", "--pairs")
    assert code == 0 and "bert_encoder, bert_textpair_score" in output and "1 labels: score" in output
    code, output = run("export", tmp_path / "out", tmp_path / "back", "--component", "bert_textpair_score")
    assert code == 0, output
    assert "pairs of texts" in (tmp_path / "back" / "README.md").read_text(encoding="utf8")
