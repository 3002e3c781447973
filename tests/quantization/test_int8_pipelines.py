"""An int8 pipeline is one like any other: what it annotates does not depend on how it is used."""

import pickle
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import spacy
from spacy.language import Language
from spacy.training import Example

from spacy_bert_ext import with_context
from spacy_bert_ext.encoder.quantizing import calibration_batches, quantize_encoder
from tests.annotated import TEXTS
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import HEADS, encoder_of
from tests.tiny import TEXT

pytest.importorskip("nncf")

LINES = [line.strip() for line in TEXT.splitlines() if line]
LONG = " ".join(LINES * 4)  # several windows


def no_progress(title: str, done: int, total: int) -> None:
    """Nobody looks."""


@pytest.fixture(scope="module")
def int8_folder(trained_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    nlp = spacy.load(trained_folder)
    shim = encoder_of(nlp).shim
    batches = calibration_batches(shim, [nlp.make_doc(line) for line in LINES])
    quantize_encoder(shim, "openvino", batches, progress=no_progress)
    nlp.get_pipe_config("bert_encoder")["model"]["backend"] = "openvino"
    folder = tmp_path_factory.mktemp("int8") / "pipeline"
    nlp.to_disk(folder)
    return folder


@pytest.fixture
def nlp(int8_folder: Path) -> Language:
    return spacy.load(int8_folder)


@pytest.fixture
def expected(nlp: Language) -> list[dict[str, Any]]:
    return [annotations(nlp(text)) for text in (*TEXTS, *LINES, LONG)]


def test_alone_in_a_batch_and_in_processes(nlp: Language, expected: list[dict[str, Any]]) -> None:
    texts = [*TEXTS, *LINES, LONG]
    assert any(found["ents"] for found in expected)
    assert [annotations(doc) for doc in nlp.pipe(texts)] == expected
    assert [annotations(doc) for doc in nlp.pipe(reversed(texts), batch_size=3)] == expected[::-1]
    assert [annotations(doc) for doc in nlp.pipe(texts, n_process=2, batch_size=8)] == expected


def test_saved_pickled_and_in_threads(nlp: Language, expected: list[dict[str, Any]], tmp_path: Path) -> None:
    texts = [*TEXTS, *LINES, LONG]
    nlp.to_disk(tmp_path / "again")
    for copy in (spacy.load(tmp_path / "again"), pickle.loads(pickle.dumps(nlp))):
        assert [annotations(doc) for doc in copy.pipe(texts)] == expected
    with ThreadPoolExecutor(4) as pool:
        assert list(pool.map(lambda text: annotations(nlp(text)), texts * 3)) == expected * 3


def test_unsure_entities_are_dropped(int8_folder: Path, nlp: Language) -> None:
    scores = sorted(span._.score for doc in nlp.pipe(TEXTS) for span in doc.ents)
    bound = scores[len(scores) // 2]
    fewer = spacy.load(int8_folder, config={f"components.{HEADS[0]}.min_score": bound})
    assert sorted(span._.score for doc in fewer.pipe(TEXTS) for span in doc.ents) == [s for s in scores if s >= bound]


def test_vectors_stay_on_docs(int8_folder: Path) -> None:
    nlp = spacy.load(int8_folder, config={"components.bert_encoder.keep": "tokens"})
    doc = nlp(TEXTS[0])
    assert doc.vector.shape == (encoder_of(nlp).shim.loaded.checkpoint.width,) and np.isfinite(doc.vector).all()
    texts = [*TEXTS, *LINES, LONG]
    for text, found in zip(texts, nlp.pipe(texts)):
        assert (nlp(text).vector == found.vector).all()  # not a bit depends on the company


def test_sentences_see_their_neighbours(int8_folder: Path) -> None:
    nlp = spacy.load(int8_folder, config={"components.bert_encoder.model.context_pieces": 16})
    alone = annotations(nlp(TEXTS[1]))
    sentences = with_context([[nlp.make_doc(text) for text in TEXTS]])
    assert annotations(list(nlp.pipe(sentences))[1])["cats"] != alone["cats"]


def test_spacys_own_heads_listen(int8_folder: Path) -> None:
    nlp = spacy.load(int8_folder)
    listener = {"@architectures": "spacy-bert-ext.Tok2VecListener.v1", "upstream": "*"}
    tagger: Any = nlp.add_pipe("tagger", config={"model": {"@architectures": "spacy.Tagger.v2", "tok2vec": listener}})
    gold = [Example.from_dict(nlp.make_doc("a b"), {"tags": ["NN", "VB"]})]
    tagger.initialize(lambda: gold, nlp=nlp)
    assert {token.tag_ for token in nlp(TEXTS[0])} <= {"NN", "VB"}
