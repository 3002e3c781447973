"""The first step that the doctor takes."""

from pathlib import Path

from tests.cli.runner import corpus, doc, examine, run


def test_the_doctor_begins_a_training_with_the_labels(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    code, output = examine(config, corpus(tmp_path / "single.spacy", doc({"news": 1.0})), good)
    assert code == 1 and "E867" in output
    text = config.read_text(encoding="utf8")
    config.write_text(text.replace("class_weights = null", 'class_weights = {"GEP": 2.0}', 1), encoding="utf8")
    code, output = examine(config, good, good)
    assert code == 1 and "B076" in output and "'GEP'" in output
    config.write_text(text.replace("class_weights = null", 'class_weights = {"GPE": 2.0}', 1), encoding="utf8")
    assert examine(config, good, good)[0] == 0
    labels = '[initialize.components.bert_ner]\nlabels = ["GPE", "GEP"]\n'
    config.write_text(text.replace("class_weights = null", 'class_weights = {"GEP": 2.0}', 1) + labels, encoding="utf8")
    assert examine(config, good, good)[0] == 0
    config.write_text(text + "[initialize.components.bert_ner]\nlables = []\n", encoding="utf8")
    code, output = examine(config, good, good)
    assert code == 1 and "lables" in output


def test_the_doctor_times_steps_and_evaluations(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    code, output = examine(config, good, good)
    assert code == 0 and "The training takes about" in output
    assert "1,000 steps, " in output and "and 10 evaluations of 1 Docs" in output and "Timed with 10 steps" in output
    assert "Many epochs: max_steps = 1000 goes through the 1 train Docs 1,000 times" in output
    code, output = run("doctor", config, "--paths.train", good, "--paths.dev", good, "--training.max_steps", 1)
    assert code == 0 and "Timed with 1 step," in " ".join(output.split())


def test_the_doctor_does_not_time_an_encoder_that_learns_later(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    freeze = ("--components.bert_encoder.model.freeze", "all", "--components.bert_encoder.model.unfreeze_step", 50)
    code, output = run("doctor", config, "--paths.train", good, "--paths.dev", good, *freeze)
    assert code == 0 and "while the encoder is held" in " ".join(output.split())
