"""`context_pieces` without a corpus that tells of context is told once, in training."""

import warnings
from pathlib import Path

import pytest
import spacy
from spacy.tokens import DocBin
from spacy.training import Corpus

from spacy_bert_ext.training.corpora import ContextCorpus
from spacy_bert_ext.training.resuming import missing_context
from spacy_bert_ext.training.resuming.missing_context import with_context_told
from tests.training.resuming.runs import make_config, run, write_corpus


@pytest.mark.parametrize("n_docs", [2, 100])
def test_it_is_told_once(bert_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, n_docs: int) -> None:
    monkeypatch.setattr(missing_context, "N_DOCS", n_docs)
    config = make_config(bert_folder, write_corpus(tmp_path / "corpus.spacy", 2), max_steps=12)
    for context, n_expected in ((0, 0), (16, 1)):
        config["components"]["bert_encoder"]["model"]["context_pieces"] = context
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            run(config, tmp_path / f"out{context}")
        told = [str(one.message) for one in caught if "B554" in str(one.message)]
        assert len(told) == n_expected
    assert "`context_pieces = 16` of 'bert_encoder' changes nothing" in told[0]


def test_docs_that_are_told_are_left_alone(bert_folder: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy-bert-ext.BertEncoder.v1", "name": bert_folder, "context_pieces": 16}
    nlp.add_pipe("bert_encoder", config={"model": model})
    path = write_corpus(tmp_path / "corpus.spacy", 1)
    docs = [eg.reference for eg in Corpus(path)(nlp)]
    for doc in docs:
        doc.user_data["document_id"] = "one"
    DocBin(docs=docs, store_user_data=True).to_disk(path)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert len(list(with_context_told(ContextCorpus(path, 8, 0, None))(nlp))) == len(docs)
    with pytest.warns(UserWarning, match="B554"):
        list(with_context_told(Corpus(path))(nlp))
