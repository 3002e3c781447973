"""Which texts calibrate an int8 encoder."""

from pathlib import Path

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin

from spacy_bert_ext.quantization.texts import (
    LEAST_TEXTS,
    MOST_TOKENS,
    as_encoder_sees_them,
    calibration_docs,
    readings_of,
)
from tests.coded import raises_code
from tests.pipeline.pairs.paired import make_initialized_pairs, paired_docs
from tests.pipeline.pipelines import encoder_of, make_initialized


def corpus(path: Path, texts: list[str]) -> Path:
    nlp = spacy.blank("en")
    DocBin(docs=map(nlp.make_doc, texts)).to_disk(path)
    return path


def test_a_random_sample_of_those_with_text(tmp_path: Path) -> None:
    nlp, path = spacy.blank("en"), corpus(tmp_path / "texts.spacy", [f"text {i}" for i in range(50)] + ["", " "])
    drawn = [doc.text for doc in calibration_docs(path, nlp, 30, seed=0)]
    assert len(set(drawn)) == 30 and all(text.startswith("text") for text in drawn)
    assert drawn == [doc.text for doc in calibration_docs(path, nlp, 30, seed=0)]
    assert drawn != [doc.text for doc in calibration_docs(path, nlp, 30, seed=1)]
    assert len(calibration_docs(path, nlp, 512, seed=0)) == 50


def test_long_texts_are_fewer(tmp_path: Path) -> None:
    nlp, n_tokens = spacy.blank("en"), MOST_TOKENS // 25
    path = corpus(tmp_path / "texts.spacy", ["a " * n_tokens for _ in range(40)])
    assert len(calibration_docs(path, nlp, 512, seed=0)) in (24, 25)


def test_too_few_texts(tmp_path: Path) -> None:
    path = corpus(tmp_path / "texts.spacy", ["a"] * (LEAST_TEXTS - 1) + [""])
    with raises_code("B370", match=f"{LEAST_TEXTS - 1} Docs"):
        calibration_docs(path, spacy.blank("en"), 512, seed=0)


def test_components_before_the_encoder_see_them_first(trained: Language) -> None:
    @Language.component("merge_all_of_calibration")
    def merge(doc: Doc) -> Doc:
        with doc.retokenize() as retokenizer:
            retokenizer.merge(doc[:])
        return doc

    trained.add_pipe("merge_all_of_calibration", first=True)
    docs = as_encoder_sees_them(trained, encoder_of(trained), [trained.make_doc("one two three")])
    assert [len(doc) for doc in docs] == [1]
    assert not docs[0].ents and not docs[0].cats


@pytest.mark.parametrize("seed", [0, 1])
def test_docs_of_one_document_are_told_of_each_other(tmp_path: Path, seed: int) -> None:
    nlp = spacy.blank("en")
    docs = [nlp.make_doc(f"sentence {i}") for i in range(LEAST_TEXTS)]
    for doc in docs:
        doc.user_data["document_id"] = 0
    DocBin(docs=docs, store_user_data=True).to_disk(tmp_path / "texts.spacy")
    assert all(len(doc.user_data) > 0 for doc in calibration_docs(tmp_path / "texts.spacy", nlp, 512, seed))


def test_readings_are_of_heads_that_read_something_else(bert_folder: Path) -> None:
    nlp = make_initialized_pairs(bert_folder)
    (pairs,) = readings_of(nlp, encoder_of(nlp), paired_docs(nlp))
    assert len(pairs.texts) == 8
    plain = make_initialized(bert_folder, ("bert_textcat",))
    assert readings_of(plain, encoder_of(plain), [plain.make_doc("a")]) == []
