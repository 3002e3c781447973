"""A pre-training that was interrupted and resumed ends where an uninterrupted one does: same bytes, same log."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from transformers import AutoModelForMaskedLM

from spacy_bert_ext.training.resuming.state import STATE_FOLDER, ResumeError, read_state
from tests.pretraining.runs import MODELS, figures, outcome, pretraining_config, run, run_with_crashes
from tests.tiny import make_checkpoint
from tests.training.resuming.crash import __file__ as CRASH_FILE
from tests.training.resuming.runs import without_times

LORA = {"components": {"bert_encoder": {"model": {"lora_rank": 2}}}}
CASES: dict[str, dict[str, Any]] = {
    "a new head on a held encoder": {},
    "lora on a held encoder": LORA,
    "accumulated": {"training": {"accumulate_gradient": 2}},
    "by tokens, lower layers frozen": {
        "components": {"bert_encoder": {"model": {"freeze": 1}}, "bert_pretraining": {"mask_by": "token"}}
    },
    "no held-out text": {"paths": {"raw_dev": None}},
    "next sentences": {
        "components": {"bert_pretraining": {"next_sentence": True}},
        "corpora": {"train": {"text_per": "paragraph", "across_texts": False}},
    },
    "random weights": {"initialize": {"components": {"bert_encoder": {"random_weights": True}}}},
}


@pytest.mark.parametrize("changes", CASES.values(), ids=list(CASES))
def test_a_resumed_pretraining_ends_where_an_uninterrupted_one_does(
    bert_folder: str, tmp_path: Path, changes: dict[str, Any]
) -> None:
    config = pretraining_config(bert_folder, tmp_path, changes)
    expected = run(config, tmp_path / "whole")
    assert expected[-1]["epoch"] >= 2  # several passes, with dropout
    found = run_with_crashes(config, tmp_path / "broken", [4, 5], save_every=3)
    for name in MODELS:
        assert outcome(tmp_path / "broken" / name) == outcome(tmp_path / "whole" / name)
    assert without_times(found) == without_times(expected[-len(found) :])
    assert figures(tmp_path / "broken" / "model-last")["steps"] == 14


def test_another_text_is_told_and_other_settings_are_refused(bert_folder: str, tmp_path: Path) -> None:
    config = pretraining_config(bert_folder, tmp_path, {"training": {"max_steps": 1}})
    run(config, tmp_path / "out")
    with pytest.raises(ResumeError, match="B092.*mask_share was 0.15, is 0.3"):
        run(config.merge({"components": {"bert_pretraining": {"mask_share": 0.3}}}), tmp_path / "out", resume=True)
    (tmp_path / "raw.txt").write_text((tmp_path / "raw.txt").read_text()[::-1])
    with pytest.warns(UserWarning, match="B107"):
        run(config, tmp_path / "out", resume=True)


def test_a_state_of_another_training_is_none_to_resume(bert_folder: str, tmp_path: Path) -> None:
    config = pretraining_config(bert_folder, tmp_path)
    with pytest.raises(ResumeError, match="B090.*`pretrain`"):
        run(config, tmp_path / "out", resume=True)


def start(config: Path, output: Path, *options: str) -> subprocess.Popen:
    arguments = ["pretrain", config, "--output", output, "--code", CRASH_FILE, "--save-every", "2", *options]
    return subprocess.Popen(
        [sys.executable, "-m", "spacy", "bert", *map(str, arguments)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},  # as in this process, see conftest
    )


def test_a_process_that_was_killed_goes_on_where_it_was_saved(tmp_path: Path) -> None:
    encoder = make_checkpoint(tmp_path / "encoder", "distilbert")
    log = {"training": {"logger": {"@loggers": "spacy-bert-ext.Log.v1", "output_file": str(tmp_path / "log.jsonl")}}}
    config = pretraining_config(encoder, tmp_path, {"training": {"max_steps": 40, "eval_frequency": 4}}, log)
    run(config, tmp_path / "whole")
    expected = lines(tmp_path / "log.jsonl")
    (tmp_path / "log.jsonl").unlink()
    config.to_disk(tmp_path / "config.cfg")
    with start(tmp_path / "config.cfg", tmp_path / "out") as process:
        saved = tmp_path / "out" / STATE_FOLDER / "state.json"
        while process.poll() is None and (not saved.exists() or '"n_steps": 1,' in saved.read_text()):
            time.sleep(0.02)
        process.send_signal(signal.SIGKILL)
    assert process.returncode == -signal.SIGKILL
    assert read_state(tmp_path / "out" / STATE_FOLDER).n_steps > 1
    for name in MODELS:
        AutoModelForMaskedLM.from_pretrained(tmp_path / "out" / name)
    with start(tmp_path / "config.cfg", tmp_path / "out", "--resume") as process:
        output, _ = process.communicate(timeout=120)
    assert process.returncode == 0, output
    for name in MODELS:
        assert outcome(tmp_path / "out" / name) == outcome(tmp_path / "whole" / name)
    assert lines(tmp_path / "log.jsonl") == expected


def lines(log: Path) -> list[dict[str, Any]]:
    return [{**json.loads(line), "words_per_second": None, "padding": None} for line in log.read_text().splitlines()]
