"""Factories of spans."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from thinc.api import Model

from ..defaults import default_settings
from .being_loaded import being_loaded

if TYPE_CHECKING:
    from ..pipeline.bert_spancat import BertSpanCategorizer

SPANCAT, SPANCAT_SCORES = default_settings("bert_spancat")
SINGLELABEL, SINGLELABEL_SCORES = default_settings("bert_spancat_singlelabel")


@Language.factory(
    "bert_spancat",
    assigns=["doc.spans", "span._.score"],
    default_config=SPANCAT,
    default_score_weights=SPANCAT_SCORES,
)
def make_bert_spancat(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    spans_key: str,
    threshold: float,
    max_positive: int | None,
    overlap_threshold: float | None,
    suggester: Callable[..., Any] | None,
    finder_threshold: float,
    max_span_tokens: int | None,
    attributes: list[str],
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertSpanCategorizer":
    """Spans that may overlap; see `BertSpanCategorizer`."""
    from ..losses.controls import LossControls
    from ..pipeline.bert_spancat import BertSpanCategorizer
    from ..pipeline.spans.kinds import IndependentLabels

    head = BertSpanCategorizer(
        nlp.vocab,
        model,
        name,
        spans_key=spans_key,
        threshold=threshold,
        kind=IndependentLabels(max_positive, overlap_threshold),
        suggester=suggester,
        finder_threshold=finder_threshold,
        max_span_tokens=max_span_tokens,
        attributes=attributes,
        controls=LossControls.from_settings(loss),
        scorer=scorer,
    )
    return being_loaded(nlp, head)


@Language.factory(
    "bert_spancat_singlelabel",
    assigns=["doc.spans", "span._.score"],
    default_config=SINGLELABEL,
    default_score_weights=SINGLELABEL_SCORES,
)
def make_bert_spancat_singlelabel(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    spans_key: str,
    threshold: float,
    allow_overlap: bool,
    suggester: Callable[..., Any] | None,
    finder_threshold: float,
    max_span_tokens: int | None,
    attributes: list[str],
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertSpanCategorizer":
    """Spans with one label each; see `BertSpanCategorizer`."""
    from ..losses.controls import LossControls
    from ..pipeline.bert_spancat import BertSpanCategorizer
    from ..pipeline.spans.kinds import OneLabel

    head = BertSpanCategorizer(
        nlp.vocab,
        model,
        name,
        spans_key=spans_key,
        threshold=threshold,
        kind=OneLabel(allow_overlap),
        suggester=suggester,
        finder_threshold=finder_threshold,
        max_span_tokens=max_span_tokens,
        attributes=attributes,
        controls=LossControls.from_settings(loss),
        scorer=scorer,
    )
    return being_loaded(nlp, head)
