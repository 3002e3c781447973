"""What the doctor finds annotated."""

from pathlib import Path

import spacy
from spacy.tokens import Doc, Span

from tests.cli.runner import WORDS, corpus, doc, examine, run


def test_the_doctor_counts_docs_pieces_windows_steps_and_labels(config: Path, tmp_path: Path) -> None:
    train = corpus(tmp_path / "train.spacy", *[doc({"news": 1.0, "sport": 0.0})] * 3)
    dev = corpus(tmp_path / "dev.spacy", doc({"news": 0.0, "sport": 1.0}))
    code, output = examine(config, train, dev)
    assert code == 0
    assert "Docs 3 tokens 21" in output and "Docs of several windows 0" in output
    assert "An epoch has about 1 steps" in output
    assert "GPE 3 1" in output and "news 3 0" in output and "sport 0 1" in output
    assert "All entities match the tokens" in output
    assert "Fewer than 20 train examples: GPE" in output
    assert "Only in the dev corpus: sport" in output


def test_the_doctor_names_entities_that_match_no_tokens(config: Path, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    text = "Germanys president"
    gold = Doc(nlp.vocab, words=["German", "ys", "president"], spaces=[False, True, False], ents=["B-GPE", "O", "O"])
    gold.cats = {"news": 1.0, "sport": 0.0}
    assert gold.text == text
    path = corpus(tmp_path / "train.spacy", gold)
    code, output = examine(config, path, path)
    assert code == 0
    assert "1 of 1 train entities don't match the tokens: 'German'" in output


def test_the_doctor_tells_of_entities_that_end_in_white_space(config: Path, tmp_path: Path) -> None:
    gold = Doc(spacy.blank("en").vocab, words=["in", "Berlin", " "], spaces=[True, True, False])
    gold.ents = [Span(gold, 1, 3, "GPE")]
    gold.cats = {"news": 1.0, "sport": 0.0}
    path = corpus(tmp_path / "train.spacy", gold)
    code, output = examine(config, path, path)
    assert code == 0 and "All entities match" not in output
    assert "1 of 1 train entities begin or end in white space: 'Berlin '" in output  # spaces are joined


def test_the_doctor_tells_of_categories_that_are_never_false(bert_folder: str, tmp_path: Path) -> None:
    path = tmp_path / "config.cfg"
    run("init-config", path, "--task", "textcat_multilabel", "--encoder", bert_folder)
    path.write_text(path.read_text(encoding="utf8").replace("window_pieces = 256", "window_pieces = 128"))
    true_only = corpus(tmp_path / "true.spacy", doc({"news": 1.0}), doc({"sport": 1.0}))
    code, output = examine(path, true_only, true_only)
    assert code == 0 and "2 categories are nowhere annotated as false: news, sport" in output
    both = corpus(tmp_path / "both.spacy", doc({"news": 1.0, "sport": 0.0}), doc({"news": 0.0, "sport": 1.0}))
    code, output = examine(path, both, both)
    assert code == 0 and "nowhere annotated as false" not in output


def test_the_doctor_warns_of_dev_docs_without_labels(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    code, output = examine(config, good, good)
    assert code == 0 and "in the dev corpus" not in output
    code, output = examine(config, good, corpus(tmp_path / "dev.spacy", doc({}, ["O"] * len(WORDS))))
    assert code == 0
    assert "There are no entities in the dev corpus" in output and "There are no categories in the dev" in output
