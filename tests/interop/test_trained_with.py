"""One of spaCy's heads belongs to the encoder that it was trained with."""

import copy
import pickle
import shutil
import warnings
from pathlib import Path

import pytest
import spacy

from spacy_bert_ext.checkpoints.halving import halve
from tests.coded import raises_code
from tests.interop.spacy_heads import make_with_tagger
from tests.interop.treebank import treebank_examples
from tests.pipeline.pipelines import learn


@pytest.fixture
def two_saves(bert_folder: str, tmp_path: Path) -> tuple[Path, Path]:
    """Pipelines of a tagger and a categorizer, before and after a step of training."""
    nlp = make_with_tagger(bert_folder, ("tagger", "bert_textcat"))
    nlp.to_disk(tmp_path / "one")
    learn(nlp, treebank_examples(nlp), steps=1)
    nlp.to_disk(tmp_path / "two")
    return tmp_path / "one", tmp_path / "two"


def test_a_spacy_head_of_another_save_is_refused(two_saves: tuple[Path, Path]) -> None:
    one, two = two_saves
    shutil.rmtree(two / "tagger")
    shutil.copytree(one / "tagger", two / "tagger")
    with raises_code("B270", match="'tagger'.*not saved together with the encoder 'bert_encoder'.*checksums"):
        spacy.load(two)
    (two / "bert_encoder" / "checksums.json").unlink()
    with pytest.warns(UserWarning, match="B191"):
        nlp = spacy.load(two)
    with pytest.warns(UserWarning, match="B192.*'tagger'"):
        nlp("The cat sleeps")
    nlp.to_disk(two)
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        spacy.load(two)("The cat sleeps")


def test_a_spacy_head_on_another_encoder_warns_once(two_saves: tuple[Path, Path]) -> None:
    one, two = map(spacy.load, two_saves)
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", source=one)
    nlp.add_pipe("tagger", source=two)
    with pytest.warns(UserWarning, match="B192.*'tagger'.*'bert_encoder'") as caught:
        list(nlp.pipe(["The cat sleeps"] * 3, batch_size=1))
    assert len([warning for warning in caught if "B192" in str(warning.message)]) == 1


def test_training_copying_and_halving_keep_what_belongs_together(two_saves: tuple[Path, Path], tmp_path: Path) -> None:
    halve(two_saves[1], tmp_path / "half")
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        nlp = spacy.load(tmp_path / "half")
        for _ in range(2):
            nlp.get_pipe("tagger").from_bytes(nlp.get_pipe("tagger").to_bytes())
            learn(nlp, treebank_examples(nlp), steps=1)
        for copied in (copy.deepcopy(nlp), pickle.loads(pickle.dumps(nlp)), nlp.from_bytes(nlp.to_bytes())):
            copied("The cat sleeps")
            copied.to_disk(tmp_path / "copied")
            spacy.load(tmp_path / "copied")("The cat sleeps")
