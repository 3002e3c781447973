"""Steps of epochs, counted in the corpus."""

from pathlib import Path

import pytest
from spacy.language import Language
from spacy.tokens import DocBin

from spacy_bert_ext.cli.configs.counted_steps import counted_steps
from spacy_bert_ext.cli.configs.tasks import make_config
from tests.annotated import make_examples

ONE_DOC = "[training.batcher]\nmax_batch_docs = 1"


def test_steps_are_those_of_the_batcher(nlp: Language, bert_folder: str, tmp_path: Path) -> None:
    docs = [eg.reference for eg in make_examples(nlp)][:2] * 10
    DocBin(docs=docs).to_disk(tmp_path / "train.spacy")
    text = make_config(["bert_ner"], bert_folder, "en", more=ONE_DOC)
    lines = counted_steps(text, tmp_path / "train.spacy", 5, "en").splitlines()
    # 20 Docs, each a batch: 100 steps; (100 - 1) // 10 = 9, and 11 * 9 + 1 steps end with an evaluation.
    assert "max_steps = 100" in lines and "eval_frequency = 9" in lines
    assert any(line.startswith("# Epochs: 5, of 20 steps each") and "train.spacy" in line for line in lines)
    assert any("Evaluations: 12" in line for line in lines)


def test_what_cannot_be_counted_is_told(nlp: Language, bert_folder: str, tmp_path: Path) -> None:
    (tmp_path / "broken.spacy").write_text("no DocBin")
    DocBin().to_disk(tmp_path / "empty.spacy")
    DocBin(docs=[make_examples(nlp)[0].reference]).to_disk(tmp_path / "good.spacy")
    text = make_config(["bert_ner"], bert_folder, "en")
    for name in ("broken", "empty"):
        with pytest.raises(ValueError, match=rf"B565.*{name}\.spacy"):
            counted_steps(text, tmp_path / f"{name}.spacy", 5, "en")
    absent = make_config(["bert_ner"], "nobody/no-checkpoint", "en")
    with pytest.raises(ValueError, match=r"B565.*good\.spacy.*nobody/no-checkpoint"):
        counted_steps(absent, tmp_path / "good.spacy", 5, "en")
