"""The factory of summaries."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from thinc.api import Model

from ..defaults import default_settings
from .being_loaded import being_loaded

if TYPE_CHECKING:
    from ..pipeline.summarizer import Summarizer

SUMMARIZER, SUMMARIZER_SCORES = default_settings("bert_summarizer")


@Language.factory(
    "bert_summarizer",
    requires=["doc.sents"],
    assigns=["doc.spans", "span._.summary_score", "doc._.summary"],
    default_config=SUMMARIZER,
    default_score_weights=SUMMARIZER_SCORES,
)
def make_bert_summarizer(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    method: str,
    similarity: str,
    lexrank_threshold: float | None,
    n_sents: int | None,
    ratio: float | None,
    max_tokens: int | None,
    max_redundancy: float | None,
    spans_key: str,
    overwrite: bool,
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "Summarizer":
    """Summaries of sentences; see `BertSummarizer` and `UntrainedSummarizer`."""
    from ..losses.controls import LossControls
    from ..pipeline.summaries.making import SummarySettings, make_summarizer

    settings = SummarySettings(
        method=method,
        similarity=similarity,
        lexrank_threshold=lexrank_threshold,
        n_sents=n_sents,
        ratio=ratio,
        max_tokens=max_tokens,
        max_redundancy=max_redundancy,
        spans_key=spans_key,
        overwrite=overwrite,
    )
    controls = LossControls.from_settings(loss)
    head = make_summarizer(nlp.vocab, model, name, settings=settings, controls=controls, scorer=scorer)
    return being_loaded(nlp, head)
