"""`log.jsonl` in the folder of a training: whole after interruptions, with whatever logger."""

import json
from pathlib import Path

import pytest

from spacy_bert_ext.training.log_file import LOG_FILE, LogFile, logged_to_file, read_log
from tests.training.logged import make_logged, told
from tests.training.resuming.crash import Crash
from tests.training.resuming.runs import make_config, run, write_corpus

ROW = {"epoch": 0, "step": 0, "losses": {"bert_ner": 2.0}, "scores": {"ents_f": 50.0}, "score": 0.5}
ROW |= {"encoder_learn_rate": 1e-4, "head_learn_rate": None, "words_per_second": None, "padding": None}


def steps(folder: Path) -> list[int]:
    return [row["step"] for row in read_log(folder)]


def test_a_training_writes_its_log_and_a_resumed_one_goes_on_with_it(bert_folder: str, tmp_path: Path) -> None:
    """With a logger that counts no rates."""
    corpus, out = write_corpus(tmp_path / "corpus.spacy"), tmp_path / "out"
    crash = {"@loggers": "tests.Crash.v1", "after": 5}
    with pytest.raises(Crash):
        run(make_config(bert_folder, corpus, eval_frequency=2, max_steps=6, logger=crash), out)
    assert steps(out) == [0, 2]
    with (out / LOG_FILE).open("a") as opened:
        opened.write('{"epoch": 0, "st')  # killed while it wrote
    crash["after"] = None  # type: ignore[assignment]
    config = make_config(bert_folder, corpus, eval_frequency=2, max_steps=6, logger=crash)
    run(config, out, resume=True)
    assert steps(out) == [0, 2, 4, 6]
    assert set(read_log(out)[0]) == set(ROW) and set(read_log(out)[0]["losses"]) == {"bert_ner", "bert_textcat"}
    run(config.merge({"training": {"max_steps": 2}}), out)
    assert steps(out) == [0, 2]


def test_the_logger_is_called_first_and_without_a_folder_alone(bert_folder: str, tmp_path: Path) -> None:
    seen: list[object] = []
    log_step = logged_to_file(seen.append, make_logged(bert_folder), tmp_path / "new")
    log_step(None)
    assert seen == [None] and not (tmp_path / "new").exists()
    log_step(told(0, 5))
    assert len(seen) == 2 and steps(tmp_path / "new") == [0]
    assert logged_to_file(seen.append, make_logged(bert_folder), None) == seen.append


def test_a_log_that_can_not_be_written_is_told_before_training(bert_folder: str, tmp_path: Path) -> None:
    (tmp_path / LOG_FILE).mkdir()
    with pytest.raises(ValueError, match=r"\[B012\].*--output.*a file, no folder"):
        logged_to_file(print, make_logged(bert_folder), tmp_path)
    (tmp_path / "file").write_text("")
    with pytest.raises(ValueError, match=r"\[B012\].*output_file.*a folder that can be written to"):
        LogFile(tmp_path / "file" / "log.jsonl", "output_file")


def test_a_log_is_read_by_its_folder_or_its_name(tmp_path: Path) -> None:
    (tmp_path / LOG_FILE).write_text(json.dumps(ROW) + "\n")
    assert read_log(tmp_path) == read_log(str(tmp_path / LOG_FILE)) == [ROW]


def test_no_log(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "other.jsonl"):
        with pytest.raises(ValueError, match=r"\[B584\].*log\.jsonl"):
            read_log(path)


@pytest.mark.parametrize(
    "line",
    [
        "",
        "no JSON",
        "[]",
        "{}",
        json.dumps({**ROW, "step": None}),
        json.dumps({**ROW, "scores": {"ents_f": {}}}),
        "\xff",
    ],
)
def test_what_is_no_log(tmp_path: Path, line: str) -> None:
    (tmp_path / LOG_FILE).write_text(json.dumps(ROW) + f"\n{line}\n" if line else "", encoding="latin-1")
    with pytest.raises(ValueError, match=rf"\[B585\].*line {2 if line else 1}"):
        read_log(tmp_path)
