"""`spacy bert pretrain`: from raw text to a checkpoint, and what is wrong is told before any step."""

import json
from pathlib import Path

import pytest
from thinc.api import Config
from transformers import AutoModelForMaskedLM

from spacy_bert_ext.cli.configs.tasks import make_config
from tests.cli.runner import run
from tests.pretraining.runs import pretraining_config
from tests.tiny import make_checkpoint
from tests.training.resuming.crash import __file__ as CRASH_FILE

CODE = ("--code", CRASH_FILE)


@pytest.fixture
def config(bert_folder: str, tmp_path: Path) -> Config:
    return pretraining_config(bert_folder, tmp_path, {"training": {"max_steps": 2, "eval_frequency": 1}})


def pretrain(config: Config, folder: Path, *options: object) -> tuple[int, str]:
    config.to_disk(folder / "config.cfg")
    code, output = run("pretrain", folder / "config.cfg", "--output", folder / "out", *CODE, *options)
    return code, " ".join(output.split())


def test_the_command_writes_checkpoints_and_goes_on(config: Config, tmp_path: Path) -> None:
    code, output = pretrain(config, tmp_path)
    assert code == 0, output
    assert "Pre-training" in output and "Saved checkpoint to output directory" in output
    AutoModelForMaskedLM.from_pretrained(tmp_path / "out" / "model-best")
    code, output = pretrain(config, tmp_path, "--resume", "--training.max_steps", "4")
    assert code == 0 and "Resuming after 3 steps" in output
    assert json.loads((tmp_path / "out" / "model-last" / "pretraining.json").read_text())["steps"] == 5


def test_without_held_out_text_it_goes_on_and_says_so_once(config: Config, tmp_path: Path) -> None:
    config["paths"]["raw_dev"] = None
    config["training"]["logger"] = {"@loggers": "spacy-bert-ext.Log.v1", "progress_bar": None}
    code, output = pretrain(config, tmp_path)
    assert code == 0 and output.count("No held-out text: no early stop, and the last step is the best") == 1
    best, last = ((tmp_path / "out" / name / "model.safetensors").read_bytes() for name in ("model-best", "model-last"))
    assert best == last


@pytest.mark.parametrize(
    "change, expected",
    [
        ({"paths": {"raw_text": None}}, "B401"),
        ({"paths": {"raw_text": "absent.txt"}}, "B402"),
        ({"paths": {"raw_dev": "empty.txt"}}, "B40"),
        ({"training": {"max_steps": 0}}, "B080"),
        ({"paths": {"encoder": "absent/encoder"}}, "B001"),
        ({"components": {"bert_encoder": {"model": {"window_pieces": 1000}}}}, "B003"),
        ({"nlp": {"pipeline": ["bert_encoder"]}}, "B422"),
    ],
)
def test_what_is_wrong_is_told_before_any_step(
    config: Config, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: dict, expected: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "empty.txt").touch()
    code, output = pretrain(config.merge(change), tmp_path)
    assert code == 1 and expected in output and "Traceback" not in output, output
    assert not list((tmp_path / "out").iterdir())


def test_a_tokenizer_without_a_mask_piece_or_of_another_vocabulary_is_refused(tmp_path: Path) -> None:
    folder = make_checkpoint(tmp_path / "encoder", "bert")
    config = pretraining_config(folder, tmp_path)
    path = tmp_path / "encoder" / "tokenizer_config.json"
    settings = json.loads(path.read_text())
    path.write_text(json.dumps({**settings, "mask_token": None}))
    for file in ("special_tokens_map.json",):
        (tmp_path / "encoder" / file).unlink(missing_ok=True)
    assert "B487" in pretrain(config, tmp_path)[1]
    path.write_text(json.dumps(settings))
    sizes = json.loads((tmp_path / "encoder" / "config.json").read_text())
    (tmp_path / "encoder" / "config.json").write_text(json.dumps({**sizes, "vocab_size": 50}))
    random = {"initialize": {"components": {"bert_encoder": {"random_weights": True}}}}
    assert "B008" in pretrain(config.merge(random), tmp_path)[1]


def test_a_config_of_a_training_is_sent_to_train(bert_folder: str, tmp_path: Path) -> None:
    config = Config().from_str(make_config(["bert_ner"], bert_folder, "en"), interpolate=False)
    code, output = pretrain(config, tmp_path)
    assert code == 1 and "B422" in output and "spacy bert train" in output
    code, output = pretrain(config, tmp_path, "--paths.raw_text", "raw.txt")
    assert code == 1 and "B425" in output and "--task pretrain" in output


def test_resuming_needs_a_folder_with_a_state(config: Config, tmp_path: Path) -> None:
    config.to_disk(tmp_path / "config.cfg")
    code, output = run("pretrain", tmp_path / "config.cfg", "--resume", *CODE)
    assert code == 1 and "`--resume` needs `--output`" in output
    code, output = pretrain(config, tmp_path, "--resume")
    assert code == 1 and "B090" in output and not (tmp_path / "out").exists()


def test_train_makes_a_pipeline_of_the_same_config(config: Config, tmp_path: Path) -> None:
    config.to_disk(tmp_path / "config.cfg")
    code, output = run("train", tmp_path / "config.cfg", "--output", tmp_path / "out", *CODE)
    assert code == 0, output
    assert (tmp_path / "out" / "model-last" / "meta.json").exists()
    code, output = pretrain(config, tmp_path)
    assert code == 1 and "B032" in output
