"""How often Docs go through an encoder."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest

from spacy_bert_ext.encoder import model as encoder_model
from spacy_bert_ext.encoder.plan import plan_docs


class Counter:
    """How often something was called."""

    n = 0

    def __call__(self, *args: Any) -> None:
        self.n += 1


@contextmanager
def counted_passes() -> Iterator[Counter]:
    """Count how often Docs go through an encoder, in training and in prediction; one pass may take several batches."""
    counter = Counter()

    def counted_plan(*args):
        counter()
        return plan_docs(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder_model, "plan_docs", counted_plan)
        yield counter
