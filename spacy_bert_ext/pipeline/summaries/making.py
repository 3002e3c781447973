"""The component that a summarizer's settings ask for: a trained one, or one that learns nothing."""

from dataclasses import dataclass
from typing import Any

from spacy.vocab import Vocab
from thinc.api import Model

from ...errors import Errors
from ...losses.controls import LossControls
from ...ranking.choosing import Length
from ...types import Scorer
from ..bert_summarizer import BertSummarizer
from ..summarizer import Summarizer
from ..untrained_summarizer import METHODS, UntrainedSummarizer
from .ranked import Shape

TRAINED = "trained"


@dataclass(frozen=True)
class SummarySettings:
    """See `defaults/bert_summarizer.cfg`."""

    method: str
    similarity: str
    lexrank_threshold: float | None
    n_sents: int | None
    ratio: float | None
    max_tokens: int | None
    max_redundancy: float | None
    spans_key: str
    overwrite: bool


def make_summarizer(
    vocab: Vocab,
    model: Model[Any, Any],
    name: str,
    *,
    settings: SummarySettings,
    controls: LossControls,
    scorer: Scorer | None,
) -> Summarizer:
    """RAISES (ValueError): A setting that is not allowed."""
    allowed = (TRAINED, *METHODS)
    if settings.method not in allowed:
        raise ValueError(Errors.B010.format(found=settings.method, setting="method", allowed=", ".join(allowed)))
    shape = Shape(Length(settings.n_sents, settings.ratio, settings.max_tokens), settings.max_redundancy)
    if settings.method == TRAINED:
        return BertSummarizer(
            vocab,
            model,
            name,
            spans_key=settings.spans_key,
            shape=shape,
            overwrite=settings.overwrite,
            controls=controls,
            scorer=scorer,
        )
    return UntrainedSummarizer(
        vocab,
        model,
        name,
        method=settings.method,
        similarity=settings.similarity,
        threshold=settings.lexrank_threshold,
        spans_key=settings.spans_key,
        shape=shape,
        overwrite=settings.overwrite,
        scorer=scorer,
    )
