"""The first step that the doctor takes."""

from pathlib import Path

from tests.cli.runner import corpus, doc, examine


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
