"""What is known in the next run of `spacy bert quick`."""

from pathlib import Path

import pytest

from spacy_bert_ext.cli.quick.journal import FILE, Journal

ARGUMENTS = ["convert", "a.csv", "out"]


def test_the_next_run_knows_what_was_begun_and_what_is_done(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    assert not journal.is_begun("convert") and journal.changed("convert", ARGUMENTS) is None
    journal.begin("convert", ARGUMENTS, data=[("a.csv", 5, 7)])
    assert Journal(tmp_path).is_begun("convert") and not Journal(tmp_path).is_done("convert")
    journal.finish("convert")
    journal.note("encoder", "some")
    following = Journal(tmp_path)
    assert following.is_done("convert") and following.fact("encoder") == "some" and following.fact("other") is None
    assert following.changed("convert", ARGUMENTS, [("a.csv", 5, 7)]) is None


def test_what_has_changed_is_told(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    journal.begin("convert", ARGUMENTS, data=[("a.csv", 5, 7)])
    assert "[B547]" in str(journal.changed("convert", [*ARGUMENTS, "--snap"], [("a.csv", 5, 7)]))
    assert "[B548]" in str(journal.changed("convert", ARGUMENTS, [("a.csv", 6, 8)]))


def test_steps_that_begin_again_are_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path)
    for step in ("convert", "train"):
        journal.begin(step, ARGUMENTS)
        journal.finish(step)
    journal.note("a", 1)
    journal.note("b", 2)
    journal.forget(["train", "package"], ["a", "c"])
    following = Journal(tmp_path)
    assert following.is_done("convert") and not following.is_begun("train")
    assert (following.fact("a"), following.fact("b")) == (None, 2)


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "mine").touch()
    with pytest.raises(ValueError, match="B032"):
        Journal(tmp_path)
    (tmp_path / FILE).write_text("{}", encoding="utf8")
    Journal(tmp_path)
