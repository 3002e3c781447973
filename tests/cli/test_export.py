"""`python -m spacy bert export`."""

from pathlib import Path

import pytest
from transformers import AutoModelForTokenClassification

from spacy_bert_ext import from_pretrained, save_pipeline
from tests.checkpoints.classifiers import TAGS, make_classifier
from tests.checkpoints.test_importing import edit
from tests.cli.runner import run


@pytest.fixture
def imported(tmp_path: Path) -> Path:
    """A saved pipeline of a fine-tuned checkpoint."""
    ready = make_classifier(tmp_path / "ready", "electra", "token-classification", TAGS)
    save_pipeline(from_pretrained(ready, lang="de", component="entities", labels={"PER": "PERSON"}), tmp_path / "nlp")
    edit(tmp_path / "nlp" / "meta.json", license="MIT", performance={"ents_f": 0.915, "bert_ner_loss": 3.0})
    return tmp_path / "nlp"


def test_it_writes_a_checkpoint_with_a_card(imported: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    code, output = run("export", imported, out, "--component", "entities")
    assert code == 0 and "entities" in output
    assert {path.name for path in out.iterdir()} >= {"config.json", "model.safetensors", "tokenizer.json", "README.md"}
    card = (out / "README.md").read_text()
    assert card.startswith("---\nlanguage: de\n") and "license: mit" in card and "`PERSON`, `LOC`" in card
    assert "| ents_f | 0.9150 |" in card and "loss" not in card
    model = AutoModelForTokenClassification.from_pretrained(out)
    assert list(model.config.id2label.values()) == ["O", "B-PERSON", "I-PERSON", "B-LOC", "I-LOC"]


def test_what_goes_wrong_is_told_in_one_line(imported: Path, tmp_path: Path) -> None:
    code, output = run("export", imported, tmp_path / "new", "--component", "ner")
    assert code == 1 and "B045" in output and not (tmp_path / "new").exists()
    code, output = run("export", imported, imported, "--component", "entities")
    assert code == 1 and "B032" in output
