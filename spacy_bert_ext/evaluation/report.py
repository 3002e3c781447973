"""Pipeline and annotated Docs → every score of the report.

The scores are one dict, written as JSON. P, R, F are `p`, `r`, `f`, from 0 to 1, with 95 % intervals `p_interval`, ...;
see `prf.scores`. Keys:

    pipeline            name, lang, direction (of writing), version, components
    spacy_bert_ext      version of this package
    docs, words         in the corpus, in spaCy's tokens of the pipeline
    words_per_second    tokenization included, as `spacy evaluate` measures it
    intervals           confidence, resamples, seed
    entities            None, or:
        components      that set them, as far as they declare it
        docs, docs_without_annotation, predictions_left_out: what counts, what doesn't, see `compare_spans`
        micro, macro, per_label
        nested          P, R, F of spans inside of others, and of those that hold others, see `nesting`
        errors          how many spans are in each class, see `matching`; errors_per_label: by gold label, spurious ones
                        by predicted label
        schemas         strict, exact, partial, type
        confusion       labels (None: no span) and counts, a row for each gold label; over the pairs of `matching`
        calibration     None, or predictions, ece, and bins: bin_edges, counts, mean_scores, accuracies
        by_length       of Docs: tokens (shortest, longest), docs, support, and micro P, R, F
        by_span_length  tokens (shortest, longest or None), and P, R, F
        attributes      by name: micro, macro, per_label by value, of the predicted spans that are right
    spans               the same of each group of `doc.spans`, by its key
    categories          by component:
        exclusive, docs, docs_without_annotation; thresholds: None, or by label
        micro, macro, per_label (exclusive: micro F is the accuracy)
        auc             None, or macro and per_label: area under the ROC curve, by spaCy's Scorer
        confusion       None, or as above
        calibration, by_length
    others              by component that sets none of these, what its own scorer gives:
        numbers         by name, such as `tag_acc`
        prf             P, R, F by name: `sents` stands for `sents_p`, `sents_r` and `sents_f`
        per_label       P, R, F by name and label
    not_evaluated       "entities" or components that predict what is annotated nowhere
    unknown_spans       of keys of gold spans that no component writes to: in how many Docs; {} if none sets spans
    unknown_categories  of categories that hold but that no component predicts: in how many Docs, by label
"""

from collections.abc import Iterable, Sequence
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.training import Example

from ..about import __version__
from ..errors import Errors
from ..pipeline.answers import answers
from ..pipeline.evaluating import shown_pipe
from ..pipeline.reading import hand_over_all
from ..settings import check_whole_number
from .bootstrap import CONFIDENCE, N_RESAMPLES, SEED
from .categories import decide, find_categorizers, unknown_categories
from .category_scores import category_scores
from .mistakes import CategoryMistake, SpanMistakes, category_mistakes, span_mistakes
from .other_components import find_others, other_scores
from .span_scores import span_scores
from .span_sources import SpanSource, compare_spans, find_groups, unknown_keys
from .wrong_answers import WrongAnswer, wrong_answers

N_MISTAKES = 50


class Report(NamedTuple):
    """scores: See above. The others are the mistakes that are shown.

    mistaken_spans: By key of `doc.spans`; None stands for entities.
    wrong_categories, wrong_answers: By component.
    """

    scores: dict[str, Any]
    mistaken_spans: dict[str | None, SpanMistakes]
    wrong_categories: dict[str, list[CategoryMistake]]
    wrong_answers: dict[str, list[WrongAnswer]]


class _KeepingScorer(Scorer):
    """Keeps the predictions of `nlp.evaluate`, and leaves the scores to us."""

    examples: list[Example]

    def score(self, examples: Iterable[Example], *, per_component: bool = False) -> dict[str, Any]:
        self.examples = list(examples)
        return {}


def evaluate(nlp: Language, examples: Sequence[Example], *, n_mistakes: int = N_MISTAKES) -> Report:
    """Predict as `spacy evaluate` does, and compare with the gold annotation.

    examples (Sequence[Example]): Such as `spacy.training.Corpus` gives them.
    n_mistakes (int): How many mistakes are shown at most of entities, of each group of spans, and of each component's
        categories or answers; 0 or more.
    RAISES (ValueError): No Doc, nothing annotated, or nothing of what is annotated is predicted.
    """
    check_whole_number("n_mistakes", n_mistakes, 0)
    if not examples:
        raise ValueError(Errors.B095)
    is_annotated = _is_annotated(nlp, examples)
    if not is_annotated and not find_others(nlp):
        raise ValueError(Errors.B096.format(n_docs=len(examples)))
    scorer = _KeepingScorer(nlp=nlp)
    with shown_pipe(nlp, "Predicting", len(examples)):
        words_per_second = nlp.evaluate(hand_over_all(nlp, examples), scorer=scorer)["speed"]
    examples = scorer.examples
    report = Report(_empty_scores(nlp, examples, float(words_per_second)), {}, {}, {})
    _evaluate_entities(report, nlp, examples, n_mistakes)
    groups = find_groups(nlp, examples)
    for source in groups:
        report.scores["spans"].update(_evaluate_spans(report, source, examples, n_mistakes))
    report.scores["unknown_spans"] = unknown_keys(nlp, examples, groups)
    _evaluate_categories(report, nlp, examples, n_mistakes)
    _evaluate_others(report, nlp, examples, n_mistakes)
    if not any(report.scores[part] for part in ("entities", "spans", "categories", "others")):
        if not is_annotated:
            raise ValueError(Errors.B096.format(n_docs=len(examples)))
        raise ValueError(Errors.B097.format(components=", ".join(nlp.pipe_names) or "no component"))
    return report


def _is_annotated(nlp: Language, examples: Sequence[Example]) -> bool:
    """Whether anything is, as far as the components can tell."""
    heads: list[Any] = [pipe for _, pipe in nlp.pipeline if answers(pipe, "is_annotated")]
    return any(
        eg.reference.has_annotation("ENT_IOB")
        or eg.reference.cats
        or eg.reference.spans
        or any(head.is_annotated(eg.reference) for head in heads)
        for eg in examples
    )


def _empty_scores(nlp: Language, examples: Sequence[Example], words_per_second: float) -> dict[str, Any]:
    """All keys; what is evaluated is filled in later."""
    return {
        "pipeline": {
            "name": f"{nlp.meta['lang']}_{nlp.meta['name']}",
            "lang": nlp.lang,
            "direction": nlp.vocab.writing_system.get("direction", "ltr"),
            "version": nlp.meta["version"],
            "components": list(nlp.pipe_names),
        },
        "spacy_bert_ext": __version__,
        "docs": len(examples),
        "words": sum(len(eg.predicted) for eg in examples),
        "words_per_second": words_per_second,
        "intervals": {"confidence": CONFIDENCE, "resamples": N_RESAMPLES, "seed": SEED},
        "entities": None,
        "spans": {},
        "categories": {},
        "others": {},
        "not_evaluated": [],
        "unknown_spans": {},
        "unknown_categories": {},
    }


def _evaluate_entities(report: Report, nlp: Language, examples: Sequence[Example], n_mistakes: int) -> None:
    names = [name for name in nlp.pipe_names if "doc.ents" in nlp.get_pipe_meta(name).assigns]
    if names or any(eg.predicted.ents for eg in examples):
        found = _evaluate_spans(report, SpanSource(None, tuple(names)), examples, n_mistakes)
        report.scores["entities"] = found.get(None)


def _evaluate_spans(
    report: Report, source: SpanSource, examples: Sequence[Example], n_mistakes: int
) -> dict[str | None, dict[str, Any]]:
    """The scores by the source's key; empty if nothing is annotated."""
    compared = [compare_spans(eg, source) for eg in examples]
    if all(matches is None for matches in compared):
        report.scores["not_evaluated"].extend(["entities"] if source.key is None else source.components)
        return {}
    report.mistaken_spans[source.key] = span_mistakes(source, examples, compared, n_mistakes)
    return {source.key: span_scores(source, examples, compared)}


def _evaluate_categories(report: Report, nlp: Language, examples: Sequence[Example], n_mistakes: int) -> None:
    categorizers = find_categorizers(nlp, [eg.predicted for eg in examples])
    for categorizer in categorizers:
        name, decisions = categorizer.name, [decide(eg, categorizer) for eg in examples]
        if all(decision is None for decision in decisions):
            report.scores["not_evaluated"].append(name)
            continue
        report.scores["categories"][name] = category_scores(examples, decisions, categorizer)
        report.wrong_categories[name] = category_mistakes(examples, decisions, categorizer, n_mistakes)
    if categorizers:
        report.scores["unknown_categories"] = unknown_categories(examples, categorizers)


def _evaluate_others(report: Report, nlp: Language, examples: Sequence[Example], n_mistakes: int) -> None:
    for name in find_others(nlp):
        found = other_scores(nlp, name, examples)
        if found is not None:
            report.scores["others"][name] = found
            report.wrong_answers[name] = wrong_answers(nlp, name, examples, n_mistakes)
        elif getattr(nlp.get_pipe(name), "scorer", None) is not None:
            report.scores["not_evaluated"].append(name)
