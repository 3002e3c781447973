"""How often Docs go through an encoder."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from spacy_bert_ext.encoder import model as encoder_model
from spacy_bert_ext.encoder.readings import Reading, Texts, plan_texts
from spacy_bert_ext.encoder.shim import EncoderShim
from spacy_bert_ext.pieces.batches import Batches


class Counter:
    """How often something was called.

    n_readings: Of passes: how many were of something else than Docs as they are.
    """

    n = 0
    n_readings = 0

    def __call__(self, *args: Any) -> None:
        self.n += 1


@contextmanager
def counted_passes() -> Iterator[Counter]:
    """Count how often Docs go through an encoder, in training and in prediction; one pass may take several batches."""
    counter = Counter()

    def counted_plan(shim: EncoderShim, texts: Texts) -> Batches:
        counter()
        counter.n_readings += isinstance(texts, Reading)
        return plan_texts(shim, texts)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder_model, "plan_texts", counted_plan)
        yield counter
