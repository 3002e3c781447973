"""What the doctor says of encoders."""

import sys
from pathlib import Path

import pytest
from spacy.tokens import DocBin
from thinc.api import Config

from tests.cli.runner import corpus, doc, examine, run


def test_the_doctor_tells_that_no_doc_knows_its_context(config: Path, tmp_path: Path) -> None:
    path = corpus(tmp_path / "train.spacy", doc({"news": 1.0, "sport": 0.0}))
    assert "what stands around it" not in examine(config, path, path)[1]
    text = config.read_text(encoding="utf8")
    # The first is the encoder's.
    config.write_text(text.replace("context_pieces = 0", "context_pieces = 10", 1))
    assert "No Doc knows its neighbours: `context_pieces` changes nothing" in examine(config, path, path)[1]
    reader = '@readers = "spacy-bert-ext.ContextCorpus.v1"\npath = '
    text = config.read_text(encoding="utf8").replace("gold_preproc = false\n", "")
    lines = [line for line in text.splitlines() if not line.startswith("max_length = ")]
    config.write_text("\n".join(lines).replace('@readers = "spacy.Corpus.v1"\npath = ', reader))
    parts = [doc({"news": 1.0, "sport": 0.0}) for _ in range(2)]
    for part in parts:
        part.user_data["document_id"] = 1
    DocBin(docs=parts, store_user_data=True).to_disk(path)
    code, output = examine(config, path, path)
    assert code == 0 and "what stands around it" not in output


def test_the_doctor_names_a_checkpoint_that_does_not_load(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    code, output = run(
        "doctor", config, "--paths.train", good, "--paths.dev", good, "--paths.encoder", tmp_path / "absent"
    )
    assert code == 1 and "B001" in output


def test_the_doctor_says_what_lora_needs(config: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    lora = ("--components.bert_encoder.model.lora_rank", 2)
    paths = ("--paths.train", good, "--paths.dev", good)
    pytest.importorskip("peft")
    code, output = run("doctor", config, *paths, *lora)
    assert code == 0 and "0.0 learn" in output  # of the tiny encoder's weights, in millions
    monkeypatch.setitem(sys.modules, "peft", None)
    code, output = run("doctor", config, *paths, *lora)
    assert code == 1 and "B081" in output


def test_the_doctor_examines_encoders_of_heads(config: Path, tmp_path: Path) -> None:
    good = corpus(tmp_path / "good.spacy", doc({"news": 1.0, "sport": 0.0}))
    settings = Config().from_disk(config, interpolate=False)
    encoder = settings["components"].pop("bert_encoder")["model"]
    settings["nlp"]["pipeline"].remove("bert_encoder")
    settings["components"]["bert_ner"]["model"]["encoder"] = encoder
    settings["components"]["bert_textcat"]["model"]["encoder"] = encoder
    settings.to_disk(tmp_path / "own.cfg")
    code, output = examine(tmp_path / "own.cfg", good, good)
    assert code == 0 and "has no `bert_encoder`" not in output, output
    for name in ("bert_ner", "bert_textcat"):
        assert f"Checkpoint: {name}" in output, output
        assert output.count(f"{name}: Docs 1 tokens 7") == 2, output
