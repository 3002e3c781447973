"""Scores of categories: those that exclude each other in Docs that have one, independent ones by thresholds. Scores of
spans and of their attributes, of numbers that pairs of texts have, of answers, and of summaries.
"""

from collections.abc import Callable, Iterable, Mapping
from functools import partial
from typing import Any

from spacy.pipeline.spancat import spancat_score
from spacy.scorer import Scorer
from spacy.training import Example

from .pipeline.pairs.number_scores import number_scores
from .pipeline.questions.scoring import AnswerScorer
from .pipeline.spans.attribute_scores import attribute_scores
from .pipeline.summaries.summary_scores import summary_scores

# Of rankings, which no threshold changes. `cats_score` is the mean AUC.
RANKING_SCORES = ("cats_score", "cats_score_desc", "cats_macro_auc", "cats_auc_per_type")


def create_textcat_scorer_v1() -> Callable[..., dict[str, Any]]:
    """A scorer of categories that exclude each other, with the scores of `spacy.textcat_scorer.v2`."""
    return score_exclusive


def create_textcat_multilabel_scorer_v1() -> Callable[..., dict[str, Any]]:
    """A scorer of categories that hold independently, with the scores of `spacy.textcat_multilabel_scorer.v2`."""
    return score_independent


def create_spancat_scorer_v1() -> Callable[..., dict[str, Any]]:
    """A scorer of spans, with the scores of `spacy.spancat_scorer.v1` and those of the spans' attributes."""
    return score_spans


def create_textpair_score_scorer_v1() -> Callable[..., dict[str, Any]]:
    """A scorer of the numbers of pairs, `doc._.pair_score`: correlations of ranks and values, mean squared error."""
    return score_numbers


def score_numbers(examples: Iterable[Example], **cfg: Any) -> dict[str, Any]:
    """`pair_score_spearman`, `pair_score_pearson`, `pair_score_mse`, on the Docs that are annotated and predicted; None
    where there is nothing to tell.
    """
    return {f"pair_score_{name}": score for name, score in number_scores(examples).items()}


def create_qa_scorer_v1(normalization: str = "squad") -> AnswerScorer:
    """A scorer of answers, see `AnswerScorer`.

    normalization (str): The form in which answers are compared: "squad", as in the evaluation of SQuAD; or "mixed",
        for texts in Chinese or Japanese, whose characters are words by themselves.
    """
    return AnswerScorer(normalization)


def create_summary_scorer_v1(rouge: bool = True) -> Callable[..., dict[str, Any]]:
    """A scorer of summaries.

    rouge (bool): Whether ROUGE is measured, besides precision, recall and F-score of sentences.
    """
    return partial(score_summaries, rouge=rouge)


def score_summaries(
    examples: Iterable[Example], *, spans_key: str = "summary", rouge: bool = True, **cfg: Any
) -> dict[str, Any]:
    """`summary_sents_p`, `_r` and `_f`, `summary_rouge1`, `_rouge2` and `_rougeL`; see `summary_scores`."""
    found = summary_scores(examples, spans_key, rouge=rouge)
    return {f"summary_{name}": score for name, score in found.items()}


def score_spans(
    examples: Iterable[Example], *, spans_key: str, attributes: Iterable[str] = (), **cfg: Any
) -> dict[str, Any]:
    """Scores of the group, and of each attribute on the predicted spans that are right.

    attributes (Iterable[str]): Names. Of `negated` there are `spans_<key>_negated_acc`, `..._macro_f`, and
        `..._per_type`, by value; None where nothing can be compared.
    """
    examples = list(examples)
    scores = spancat_score(examples, spans_key=spans_key, **cfg)
    for name in attributes:
        found = attribute_scores(examples, spans_key, name)
        scores.update({f"spans_{spans_key}_{name}_{kind}": score for kind, score in found.items()})
    return scores


def score_exclusive(examples: Iterable[Example], *, labels: Iterable[str], **cfg: Any) -> dict[str, Any]:
    """Scores on the Docs of which a category is annotated.

    Of others spaCy's scorer takes predictions for wrong, or, if categories are ruled out, the first of these for gold.
    """
    labels = list(labels)
    annotated = [eg for eg in examples if any(eg.reference.cats.get(label, 0) > 0 for label in labels)]
    return Scorer.score_cats(annotated, "cats", labels=labels, multi_label=False, **cfg)


def score_independent(
    examples: Iterable[Example],
    *,
    labels: Iterable[str],
    threshold: float | None = None,
    thresholds: Mapping[str, float] | None = None,
    **cfg: Any,
) -> dict[str, Any]:
    """Precision, recall and F-scores by a threshold for each label, AUC by the scores themselves.

    threshold (float): From 0 to 1, for labels that are not among `thresholds`; 0.5 if None.
    thresholds (Mapping[str, float]): Those tuned by `spacy bert calibrate --thresholds`.
    """
    examples, labels = list(examples), list(labels)
    threshold = 0.5 if threshold is None else threshold
    scores = Scorer.score_cats(examples, "cats", labels=labels, threshold=threshold, multi_label=True, **cfg)
    if not thresholds:
        return scores
    decided = {
        id(eg.predicted): {
            label: float(score >= thresholds.get(label, threshold)) for label, score in eg.predicted.cats.items()
        }
        for eg in examples
    }
    counted = Scorer.score_cats(
        examples,
        "cats",
        getter=lambda doc, attr: decided.get(id(doc), doc.cats),
        labels=labels,
        threshold=0.5,
        multi_label=True,
        **cfg,
    )
    return {**counted, **{name: scores[name] for name in RANKING_SCORES}}
