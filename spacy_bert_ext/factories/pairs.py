"""Factories of heads that read pairs of texts."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from thinc.api import Model

from ..defaults import default_settings
from .being_loaded import being_loaded

if TYPE_CHECKING:
    from ..pipeline.bert_textpair import BertTextPair
    from ..pipeline.bert_textpair_score import BertTextPairScore

TEXTPAIR, TEXTPAIR_SCORES = default_settings("bert_textpair")
PAIR_SCORE, PAIR_SCORE_SCORES = default_settings("bert_textpair_score")


@Language.factory(
    "bert_textpair",
    assigns=["doc.cats"],
    default_config=TEXTPAIR,
    default_score_weights=TEXTPAIR_SCORES,
)
def make_bert_textpair(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    border: str | None,
    threshold: float,
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertTextPair":
    """Categories of pairs of texts; see `BertTextPair`."""
    from ..losses.controls import LossControls
    from ..pipeline.bert_textpair import BertTextPair

    controls = LossControls.from_settings(loss)
    head = BertTextPair(nlp.vocab, model, name, border=border, threshold=threshold, controls=controls, scorer=scorer)
    return being_loaded(nlp, head)


@Language.factory(
    "bert_textpair_score",
    assigns=["doc._.pair_score"],
    default_config=PAIR_SCORE,
    default_score_weights=PAIR_SCORE_SCORES,
)
def make_bert_textpair_score(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    border: str | None,
    score_range: list[float] | None,
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertTextPairScore":
    """Numbers of pairs of texts; see `BertTextPairScore`."""
    from ..losses.controls import LossControls
    from ..pipeline.bert_textpair_score import BertTextPairScore

    controls = LossControls.from_settings(loss)
    head = BertTextPairScore(
        nlp.vocab, model, name, border=border, score_range=score_range, controls=controls, scorer=scorer
    )
    return being_loaded(nlp, head)
