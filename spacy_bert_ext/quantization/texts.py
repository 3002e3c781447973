"""Calibration texts: those that an int8 encoder takes the ranges of its activations from."""

import random
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from spacy.language import Language
from spacy.tokens import Doc

from ..encoder.readings import Reading
from ..errors import Errors
from ..pipeline.bert_encoder import BertEncoder
from ..pipeline.bert_head import BertHead
from ..pipeline.categories.gold import has_text
from ..sharing.listener import model_of
from ..training.corpora import read_examples

LEAST_TEXTS = 20
MOST_TOKENS = 40_000  # a hundred full batches: more than are used


def calibration_docs(path: Path, nlp: Language, n_texts: int, seed: int) -> list[Doc]:
    """A random sample of the Docs of a corpus that hold text. Their annotation is not read.

    n_texts (int): How many at most.
    RAISES (ValueError): The corpus has too few.
    """
    docs = [eg.predicted for eg in read_examples(path, nlp) if has_text(eg.predicted)]
    if len(docs) < LEAST_TEXTS:
        raise ValueError(Errors.B370.format(path=path, found=len(docs), least=LEAST_TEXTS))
    drawn = random.Random(seed).sample(docs, min(n_texts, len(docs)))
    ends = np.cumsum([len(doc) for doc in drawn])
    return drawn[: max(LEAST_TEXTS, int(np.searchsorted(ends, MOST_TOKENS)))]


def readings_of(nlp: Language, encoder: BertEncoder, docs: Sequence[Doc]) -> list[Reading]:
    """What heads have the encoder read besides Docs as they are, such as pairs of texts."""
    components: list[tuple[str, Any]] = nlp.pipeline
    heads = [pipe for _, pipe in components if isinstance(pipe, BertHead)]
    found = [head.reading(docs) for head in heads if model_of(head.model.get_ref("encoder")) is encoder.model]
    return [texts for texts in found if isinstance(texts, Reading)]


def as_encoder_sees_them(nlp: Language, encoder: BertEncoder, docs: Iterable[Doc]) -> list[Doc]:
    """The Docs after the components that stand before the encoder, which may merge or split tokens."""
    components: list[tuple[str, Any]] = nlp.pipeline
    found = list(docs)
    for _, pipe in components:
        if pipe is encoder:
            break
        found = [pipe(doc) for doc in found]
    return found
