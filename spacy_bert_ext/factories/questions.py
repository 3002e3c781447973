"""The factory of answers to questions."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from spacy.language import Language
from thinc.api import Model

from ..defaults import default_settings
from .being_loaded import being_loaded

if TYPE_CHECKING:
    from ..pipeline.bert_qa import BertQuestionAnswerer

QA, QA_SCORES = default_settings("bert_qa")


@Language.factory(
    "bert_qa",
    assigns=["doc.spans", "span._.score"],
    default_config=QA,
    default_score_weights=QA_SCORES,
)
def make_bert_qa(
    nlp: Language,
    name: str,
    model: Model[Any, Any],
    questions: dict[str, str] | list[str],
    spans_key: str,
    max_answer_tokens: int,
    threshold: float,
    loss: dict[str, Any],
    scorer: Callable[..., Any] | None,
) -> "BertQuestionAnswerer":
    """Answers to questions; see `BertQuestionAnswerer`."""
    from ..losses.controls import LossControls
    from ..pipeline.bert_qa import BertQuestionAnswerer

    head = BertQuestionAnswerer(
        nlp.vocab,
        model,
        name,
        questions=questions,
        spans_key=spans_key,
        max_answer_tokens=max_answer_tokens,
        threshold=threshold,
        controls=LossControls.from_settings(loss),
        scorer=scorer,
    )
    return being_loaded(nlp, head)
