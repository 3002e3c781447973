"""Whether training can begin, as the doctor says."""

import re
from pathlib import Path

import pytest
from spacy.training.initialize import init_nlp
from spacy.util import dict_to_dot, load_config
from thinc.api import Config

from spacy_bert_ext.cli.doctor import training
from spacy_bert_ext.training.callbacks import create_portable_config_v1
from tests.cli.runner import WORDS, corpus, doc, examine, run


def test_the_doctor_reads_the_beginning_of_a_stream_and_writes_nothing(
    config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(training, "MAX_STREAMED_DOCS", 2)
    path = corpus(tmp_path / "train.spacy", *[doc({"news": 1.0, "sport": 0.0})] * 5)
    before = sorted(tmp_path.rglob("*"))
    log = ("--training.logger.output_file", tmp_path / "logs" / "log.jsonl")
    paths = ("--paths.train", path, "--paths.dev", path)
    code, output = run("doctor", config, *paths, "--training.max_epochs", -1, *log)
    assert code == 0 and "The following is about its first 2 Docs" in output
    assert "An epoch has" not in output and sorted(tmp_path.rglob("*")) == before


def test_the_doctor_fails_where_training_would(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    for name, bad, expected in (
        ("labels", doc({"news": 1.0, "sport": 0.0}, ["O"] * len(WORDS)), "[B024] The component 'bert_ner'"),
        ("categories", doc({}), "[B024] The component 'bert_textcat'"),
        ("several", doc({"news": 1.0, "sport": 1.0}), "[E895]"),
    ):
        code, output = examine(config, corpus(tmp_path / f"{name}.spacy", bad), good)
        assert (code, expected in output) == (1, True), output
    code, output = examine(config, good, tmp_path / "absent.spacy")
    assert code == 1 and "[E050]" not in output and "absent.spacy" in "".join(output.split())
    code, output = examine(config, corpus(tmp_path / "empty.spacy"), good)
    assert code == 1 and "[B024]" in output
    code, output = examine(config, good, corpus(tmp_path / "empty.spacy"))
    assert code == 1 and "[B098]" in output


@pytest.mark.parametrize("warmup", [0.1, 200])
def test_the_doctor_asks_for_the_number_of_steps_that_the_schedule_needs(
    config: Path, tmp_path: Path, warmup: float
) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    paths = ("--paths.train", good, "--paths.dev", good, "--training.optimizer.schedule.warmup", warmup)
    code, output = run("doctor", config, *paths, "--training.max_steps", 0)
    assert code == 1 and "B080" in output
    advised = re.search(r"--training.max_steps (\d+)", output)[1]
    code, output = run("doctor", config, *paths, "--training.max_steps", advised)
    assert code == 0 and "An epoch has about 1 steps" in output


def test_the_doctor_names_scores_that_nothing_gives(config: Path, tmp_path: Path) -> None:
    path = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    code, output = examine(config, path, path)
    assert code == 0 and "has not given" not in output
    config.write_text(config.read_text(encoding="utf8").replace("ents_f = ", "spans_genes_f = "), encoding="utf8")
    code, output = examine(config, path, path)
    assert code == 0 and "evaluation has not given: spans_genes_f" in " ".join(output.split())


def test_the_doctor_names_a_config_that_is_not_valid(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    text = config.read_text(encoding="utf8").replace('decoder = "crf"', 'decoder = "best"')
    config.write_text(text, encoding="utf8")
    code, output = run("doctor", config)
    assert code == 1 and "B553" in output and "--paths.train train.spacy" in output
    code, output = run("doctor", config, "--paths.train", good, "--paths.dev", good)
    assert code == 1 and "B010" in output and "decoder" in output


def test_the_doctor_takes_components_of_another_pipeline_whose_checkpoint_is_gone(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    paths = {"paths": {"train": str(good), "dev": str(good)}}
    nlp = init_nlp(load_config(config, overrides=dict_to_dot(paths)))
    create_portable_config_v1()(nlp).to_disk(tmp_path / "pipeline")
    settings = Config().from_disk(config, interpolate=False)
    settings["components"] = {name: {"source": str(tmp_path / "pipeline")} for name in nlp.pipe_names}
    settings.to_disk(tmp_path / "sourced.cfg")
    code, output = examine(tmp_path / "sourced.cfg", good, good)
    assert code == 0 and "Checkpoint: bert_encoder" in output and "pieces per Doc" in output, output
