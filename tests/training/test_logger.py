"""What the log shows, and what other loggers are told."""

import json
import sys
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any
from unittest.mock import MagicMock

import pytest
import spacy
from spacy.language import Language
from thinc.api import Config

from spacy_bert_ext.training.logger import create_log_v1
from tests.training.logged import make_logged, set_times, take_step, told
from tests.training.resuming.crash import Crash
from tests.training.resuming.runs import make_config, run, run_spacy, write_corpus

NAMES = ("words_per_second", "padding", "encoder_learn_rate", "head_learn_rate")


@pytest.fixture
def nlp(bert_folder: str) -> Language:
    return make_logged(bert_folder)


def chain(*loggers: dict[str, Any]) -> dict[str, Any]:
    named = {f"logger{i}": logger for i, logger in enumerate(loggers, start=1)}
    return {"@loggers": "spacy.ChainLogger.v1", **named}


@pytest.fixture
def wandb(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    monkeypatch.setitem(sys.modules, "wandb", MagicMock())
    return sys.modules["wandb"]


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> MagicMock:
    monkeypatch.setitem(sys.modules, "mlflow", MagicMock())
    return sys.modules["mlflow"]


def test_table_has_losses_of_heads_scores_rates_speed_and_padding(
    nlp: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    stdout = StringIO()
    log_step, finalize = create_log_v1()(nlp, stdout, StringIO())
    log_step(told(0, 0))
    take_step(nlp)
    set_times(monkeypatch, 1.0, 1.5, 2.0)
    for _ in range(3):
        log_step(None)
    log_step(told(4, 4000))
    finalize()
    header, line, first, second = [row.split() for row in stdout.getvalue().splitlines()]
    assert header == (
        ["E", "#", "LOSS", "BERT_NER", "LOSS", "BERT_TEXTCAT", "ENTS_F", "CATS_F", "SCORE"]
        + ["ENC", "RATE", "HEAD", "RATE", "WORDS/S", "PADDING"]
    )
    assert set("".join(line)) == {"-"} and len(line) == 11
    assert first == ["0", "0", "2.35", "0.50", "50.00", "100.00", "0.75", "-", "-", "-", "-"]
    assert second == ["1", "4", "2.35", "0.50", "50.00", "100.00", "0.75", "5.0e-04", "1.0e-02", "2,000", "25%"]


def test_a_single_head_and_the_scores_of_a_language_model_have_short_columns(nlp: Language) -> None:
    scores = {"mlm_probability": 1.0, "mlm_cross_entropy": 0.0, "mlm_accuracy": 0.0, "mlm_perplexity": 0.0}
    nlp.remove_pipe("bert_textcat")
    nlp.config = nlp.config.merge({"training": {"score_weights": {"ents_f": None, "cats_f": None, **scores}}})
    stdout = StringIO()
    log_step, finalize = create_log_v1()(nlp, stdout, StringIO())
    found = {"mlm_probability": 0.0625, "mlm_cross_entropy": 2.7726, "mlm_accuracy": 0.25, "mlm_perplexity": 16.0}
    log_step(told(0, 0, other_scores=found, score=0.0625))
    log_step(told(4, 0, other_scores={}, score=0.0))  # no held-out text
    finalize()
    header, _, first, second = [row.split() for row in stdout.getvalue().splitlines()]
    assert header[:7] == ["E", "#", "LOSS", "CE", "ACC", "PPL", "SCORE"]
    assert first[:7] == ["0", "0", "2.35", "2.773", "25.00", "16.00", "0.06"]
    assert second[:7] == ["1", "4", "2.35", "-", "-", "-", "-"]


@pytest.mark.parametrize("next_sentence", [False, True])
def test_next_sentences_have_a_column_if_they_are_learned(next_sentence: bool) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder")
    nlp.add_pipe("bert_pretraining", config={"next_sentence": next_sentence})
    weights = Language.get_factory_meta("bert_pretraining").default_score_weights
    nlp.config = nlp.config.merge({"training": {"score_weights": dict(weights)}})
    stdout = StringIO()
    create_log_v1()(nlp, stdout, StringIO())
    assert ("NSP ACC" in stdout.getvalue()) == next_sentence


def test_scores_must_be_numbers(nlp: Language) -> None:
    log_step, _ = create_log_v1()(nlp, StringIO(), StringIO())
    with pytest.raises(ValueError, match="E916"):
        log_step(told(0, 0, other_scores={"ents_f": {}}))


def test_unknown_bars_are_refused() -> None:
    with pytest.raises(ValueError, match="E1048.*steps"):
        create_log_v1(progress_bar="steps")


def test_file_has_a_line_per_evaluation(nlp: Language, tmp_path: Path) -> None:
    path, stdout = tmp_path / "new" / "log.jsonl", StringIO()
    log_step, finalize = create_log_v1(console_output=False, output_file=str(path))(nlp, stdout, StringIO())
    for info in (told(0, 5), None, told(2, 9)):
        log_step(info)
    finalize()
    assert stdout.getvalue() == ""
    first, second = [json.loads(line) for line in path.read_text().splitlines()]
    assert (first["step"], second["step"]) == (0, 2)
    assert second == {
        "epoch": 0,
        "step": 2,
        "losses": {"bert_ner": 2.345, "bert_textcat": 0.5},
        "scores": {"ents_f": 50.0, "cats_f": 100.0},
        "score": 0.75,
        **dict.fromkeys(NAMES),
    }


def test_file_is_continued_by_a_resumed_training_and_replaced_by_another(bert_folder: str, tmp_path: Path) -> None:
    path = tmp_path / "log.jsonl"
    log = {"@loggers": "spacy-bert-ext.Log.v1", "output_file": str(path)}

    def config(crash_after: int | None) -> Config:
        logger = chain(log, {"@loggers": "tests.Crash.v1", "after": crash_after})
        corpus = write_corpus(tmp_path / "corpus.spacy")
        return make_config(bert_folder, corpus, eval_frequency=2, max_steps=6, logger=logger)

    def steps() -> list[int]:
        return [json.loads(line)["step"] for line in path.read_text().splitlines()]

    with pytest.raises(Crash):
        run(config(5), tmp_path / "out")
    assert steps() == [0, 2, 4]  # the state is that after step 2
    with path.open("a") as opened:
        opened.write('{"epoch": 0, "st')  # killed while it wrote
    run(config(None), tmp_path / "out", resume=True)
    assert steps() == [0, 2, 4, 6]
    run(config(None).merge({"training": {"max_steps": 2}}), tmp_path / "out")
    assert steps() == [0, 2]


def test_a_folder_for_the_file_is_refused_before_training(nlp: Language, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match=r"\[B012\].*output_file.*a file, no folder"):
        create_log_v1(output_file=str(tmp_path))(nlp, StringIO(), StringIO())


@pytest.mark.parametrize("train_with", [run, run_spacy])
def test_other_loggers_are_told_the_same_and_our_numbers(
    bert_folder: str, tmp_path: Path, wandb: MagicMock, mlflow: MagicMock, train_with: Callable
) -> None:
    logger = chain(
        {"@loggers": "spacy-bert-ext.Log.v1"},
        {"@loggers": "spacy.WandbLogger.v5", "project_name": "test", "log_custom_stats": ["^bert"]},
        {"@loggers": "spacy.MLflowLogger.v2", "log_custom_stats": ["^bert"]},
        {"@loggers": "tests.Crash.v1"},
    )
    corpus = write_corpus(tmp_path / "corpus.spacy")
    weights = {"ents_f": 0.5, "cats_macro_f": 0.5}
    config = make_config(bert_folder, corpus, max_steps=8, eval_frequency=4, logger=logger, score_weights=weights)
    evaluations = [info for info in train_with(config, tmp_path / "out") if info is not None]
    assert [info["step"] for info in evaluations] == [0, 4, 8]

    logged: dict[str, list[float]] = {}
    for call in wandb.log.call_args_list:
        for name, value in call.args[0].items():
            logged.setdefault(name, []).append(value)
    by_mlflow: dict[str, list[float]] = {}
    for call in mlflow.log_metrics.call_args_list:
        for name, value in call.args[0].items():
            by_mlflow.setdefault(name, []).append(value)
    assert logged["score"] == [info["score"] for info in evaluations]
    for head in ("bert_ner", "bert_textcat"):
        losses = [info["losses"][head] for info in evaluations]
        assert logged[f"loss_{head}"] == by_mlflow[f"loss_{head}"] == losses
    for name in NAMES:
        key = f"bert.{name}"
        assert logged[key] == by_mlflow[key] == [info[key] for info in evaluations if key in info]
        assert len(logged[key]) == (2 if name == "words_per_second" else 3)
    # By the schedule: 4 steps up to 1e-3, then down to 0 in step 8, the last; the step numbered 4 is the fifth.
    assert logged["bert.encoder_learn_rate"] == pytest.approx([0.0, 1e-3, 0.0])
    assert logged["bert.head_learn_rate"] == pytest.approx([0.0, 1e-2, 0.0])
    assert all(0 <= padding < 1 for padding in logged["bert.padding"])
    assert wandb.init.call_args.kwargs["config"]["training"]["logger"]["logger1"]["progress_bar"] == "eval"
    wandb.join.assert_called_once()
    mlflow.end_run.assert_called_once()
