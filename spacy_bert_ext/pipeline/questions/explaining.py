"""What of an answer's scores is explained."""

import numpy as np
import torch
from spacy.tokens import Doc, Span
from torch import Tensor

from ...arrays.transfer import to_device
from ...errors import Errors
from ...explanation.explained import Explained
from ...questions.answer_scores import AnswerScores
from ...types import Ints1d
from ..scores import get_score
from .asking import Questions, questions_of


def question_to_explain(text: Doc | Span, label: str | None, *, default: Questions, name: str) -> Questions:
    """The question that a Span answers. The label of a Span of `pipe.answer` is the question.

    label (str): Name of the question; None for the Span's own label.
    default (Questions): Of Docs that have none of their own.
    name (str): Of the component.
    RAISES (ValueError): A whole Doc, or a label that is no question of its Doc.
    """
    if isinstance(text, Doc):
        raise ValueError(Errors.B395.format(name=name, text=text.text[:50]))
    asked = questions_of(text.doc, default)
    label = text.label_ if label is None else label
    if label in asked:
        return {label: asked[label]}
    if label and label == text.label_ and get_score(text) is not None:
        return {label: label}
    raise ValueError(Errors.B391.format(name=name, label=label, labels=", ".join(asked) or "no questions"))


def explained_answer(span: Doc | Span, raw_scores: AnswerScores, *, max_tokens: int, temperature: float) -> Explained:
    """The log odds of an answer among all others and no answer, as calibrated.

    span (Doc | Span): A Span with a token that has pieces, see `question_to_explain`.
    raw_scores (AnswerScores): Of one question.
    """
    label = raw_scores.names[0]
    start, end = (span.start, span.end) if isinstance(span, Span) else (0, len(span))
    tokens = start + np.flatnonzero(raw_scores.taggable[start:end])
    first, last = int(tokens[0]), int(tokens[-1])

    def log_odds(scores: AnswerScores) -> Tensor:
        own, others = _scores_of(scores, first, last, max_tokens)
        return own / temperature - (others / temperature).logsumexp(1)

    with torch.no_grad():
        probability = float(log_odds(raw_scores)[0].sigmoid())
    return Explained(
        label, f"log odds of the answer to {label}", log_odds, probability=probability, target=(start, end)
    )


def _scores_of(scores: AnswerScores, first: int, last: int, max_tokens: int) -> tuple[Tensor, Tensor]:
    """Of copies of one pair, the score of a span, (n_copies,), and of all other answers: (n_copies, n)."""
    n_copies, device = scores.n_pairs, scores.pieces.device
    start, end = (
        scores.pieces[:, side].index_select(0, to_device(places, device)).view(n_copies, -1)
        for side, places in enumerate((_in_range(scores, scores.first_pieces), _in_range(scores, scores.last_pieces)))
    )
    own = start[:, first] + end[:, last]
    impossible = to_device(~scores.taggable.reshape(n_copies, -1), device)
    start, end = start.masked_fill(impossible, -torch.inf), end.masked_fill(impossible, -torch.inf)
    n_tokens = start.shape[1]
    band = [start[:, : n_tokens - size] + end[:, size:] for size in range(min(max_tokens, n_tokens))]
    if last - first < len(band):
        is_own = torch.arange(n_tokens - (last - first), device=device) == first
        band[last - first] = band[last - first].masked_fill(is_own, -torch.inf)
    null = scores.windows.sum(1).view(n_copies, -1).amin(1, keepdim=True)
    return own, torch.cat([null, *band], dim=1)


def _in_range(scores: AnswerScores, places: Ints1d) -> Ints1d:
    """Places of tokens without pieces are those of others: such a token has no score."""
    return np.minimum(places, len(scores.pieces) - 1)
