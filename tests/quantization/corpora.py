"""Corpora for small pipelines that have learned three texts."""

from pathlib import Path

import spacy
from spacy.tokens import DocBin

from spacy_bert_ext.quantization.quantizing import Request
from tests.annotated import TEXTS, make_examples
from tests.calibration.test_calibrating import MIXED
from tests.tiny import TEXT


def texts_file(folder: Path) -> Path:
    """Without annotation."""
    nlp = spacy.blank("en")
    path = folder / "texts.spacy"
    lines = [line.strip() for line in TEXT.splitlines() if line]
    DocBin(docs=[nlp.make_doc(text) for text in (TEXTS + lines) * 3]).to_disk(path)
    return path


def annotated_file(folder: Path, data: list | None = None) -> Path:
    nlp = spacy.blank("en")
    path = folder / "dev.spacy"
    DocBin(docs=[eg.reference for eg in make_examples(nlp, MIXED if data is None else data)]).to_disk(path)
    return path


def request(folder: Path, **others) -> Request:
    values = {"backend": "openvino", "n_texts": 40, "seed": 0, "refit": True}
    files = {"calibrate": texts_file(folder), "evaluate": annotated_file(folder)}
    return Request(**{**files, **values, **others})
