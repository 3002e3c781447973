"""A corpus without a path is told by the setting that is missing."""

from pathlib import Path

import pytest
from spacy.tokens import DocBin
from thinc.api import Config

from spacy_bert_ext.cli.configs.corpus_paths import check_corpus_paths

CONFIG = """
[paths]
train = null
dev = null

[corpora]

[corpora.train]
@readers = "spacy.Corpus.v1"
path = ${paths.train}

[corpora.test]
@readers = "spacy.Corpus.v1"
path = null

[training]
train_corpus = "corpora.train"
dev_corpus = "corpora.test"
"""


def test_all_that_is_missing_is_told_at_once(tmp_path: Path) -> None:
    config = Config().from_str(CONFIG, interpolate=False)
    typed = r"--paths\.train train\.spacy --corpora\.test\.path dev\.spacy"
    with pytest.raises(ValueError, match=rf"B553.*: train, dev\..*{typed}"):
        check_corpus_paths(config)
    train, dev = (tmp_path / name for name in ("train.spacy", "dev.spacy"))
    DocBin().to_disk(train)
    dev.write_text("no DocBin")
    config["paths"]["train"] = str(train)
    with pytest.raises(ValueError, match="B553.*: dev\\."):
        check_corpus_paths(config)
    config["corpora"]["test"]["path"] = str(dev)
    with pytest.raises(ValueError, match="B555.*dev.spacy is called a .spacy file, but holds something else"):
        check_corpus_paths(config)
    dev.unlink()
    with pytest.raises(FileNotFoundError):
        check_corpus_paths(config)
    DocBin().to_disk(dev)
    check_corpus_paths(config)


def test_other_readers_may_need_no_path() -> None:
    config = Config().from_str(CONFIG.replace("spacy.Corpus.v1", "mine.v1"), interpolate=False)
    check_corpus_paths(config)
    check_corpus_paths(Config({"nlp": {"lang": "en"}}))
