"""An encoder that a head listens to is saved with it."""

import shutil
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from spacy_bert_ext import save_pipeline
from tests.annotated import TEXTS
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same
from tests.pipeline.pipelines import make_nlp
from tests.pipeline.saved_folders import assert_same_files


@pytest.fixture
def copied(saved: Path, tmp_path: Path) -> Path:
    """What `saved` is before a test."""
    return Path(shutil.copytree(saved, tmp_path / "copied"))


def test_a_head_without_its_encoder_is_not_saved(trained: Language, saved: Path, copied: Path, tmp_path: Path) -> None:
    trained.remove_pipe("bert_encoder")
    with raises_code("B203", match="'bert_ner' listens to the encoder 'bert_encoder', which is not in the pipeline"):
        trained.to_disk(tmp_path / "new")
    with raises_code("B203"):
        save_pipeline(trained, saved)
    assert_same_files(saved, copied)


def test_a_head_whose_encoder_was_renamed_is_not_saved(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, [])
    listener = {"@architectures": "spacy-bert-ext.EncoderListener.v1", "upstream": "bert_encoder"}
    nlp.add_pipe("bert_ner", config={"model": {"encoder": listener}})
    nlp.rename_pipe("bert_encoder", "bert")
    for save in (lambda: nlp.to_disk(tmp_path / "new"), nlp.to_bytes, lambda: save_pipeline(nlp, tmp_path / "new")):
        with raises_code("B204", match="encoder 'bert_encoder' .* renamed to 'bert'"):
            save()
    nlp.rename_pipe("bert", "bert_encoder")
    save_pipeline(nlp, tmp_path / "new")


def test_heads_that_name_no_encoder_follow_a_renaming(trained: Language, tmp_path: Path) -> None:
    expected = list(trained.pipe(TEXTS))
    trained.rename_pipe("bert_encoder", "bert")
    trained.rename_pipe("bert_ner", "ner")
    for save in (trained.to_disk, lambda path: save_pipeline(trained, path)):
        save(tmp_path / "renamed")
        assert_same(list(spacy.load(tmp_path / "renamed").pipe(TEXTS)), expected, tolerance=1e-7)


def test_spacys_heads_without_their_encoder_are_not_saved(bert_folder: str, tmp_path: Path) -> None:
    nlp = make_nlp(bert_folder, [])
    listener = {"@architectures": "spacy-bert-ext.Tok2VecListener.v1"}
    nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    nlp.remove_pipe("bert_encoder")
    with raises_code("B203", match="'tagger'"):
        save_pipeline(nlp, tmp_path / "new")
