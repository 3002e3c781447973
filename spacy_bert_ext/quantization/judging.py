"""A pipeline on annotated Docs: its scores, by its components' own scorers, and what its heads' scores claim."""

import random
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.scorer import Scorer
from spacy.tokens import Doc
from spacy.training import Example

from ..calibration.runs import run_with_scores
from ..errors import Errors
from ..pipeline.answers import answers
from ..pipeline.confidence import Confidence
from ..pipeline.score_weights import default_weights
from ..runtime.progress import bar


class Annotated(NamedTuple):
    """Examples as a pipeline has annotated them, and what the scores of each head claim that has an answer."""

    examples: list[Example]
    confidences: dict[str, Confidence]


class Scores(NamedTuple):
    """From 0 to 1, by component.

    counting: Those by which a training chooses its best model.
    labels: F-scores.
    all: What the scorers give, without the components.
    """

    counting: dict[str, dict[str, float]]
    labels: dict[str, dict[str, float]]
    all: dict[str, Any]


def halves(examples: Sequence[Example], seed: int) -> tuple[list[Example], list[Example]]:
    """A random half of the examples, and the other one."""
    mixed = random.Random(seed).sample(examples, len(examples))
    return mixed[::2], mixed[1::2]


def annotate(nlp: Language, examples: Sequence[Example], title: str) -> Annotated:
    """Run a pipeline over Docs that have no annotation yet.

    title (str): Of the progress bar.
    """
    heads = {name: pipe for name, pipe in components_of(nlp) if answers(pipe, "confidence")}
    raw_scores: dict[str, list[Any]] = {name: [] for name in heads}
    docs: list[Doc] = []
    with bar(title, len(examples), "Docs") as progress:
        for run in run_with_scores(nlp, list(heads), [eg.predicted for eg in examples]):
            docs += run.docs
            for name in heads:
                raw_scores[name].append(run.raw_scores[name])
            progress.update(len(run.docs))
    annotated = [Example(doc, eg.reference) for doc, eg in zip(docs, examples)]
    return Annotated(annotated, {name: head.confidence(raw_scores[name], annotated) for name, head in heads.items()})


def score(nlp: Language, examples: Sequence[Example]) -> Scores:
    """RAISES (ValueError): A component whose scores count has nothing to be scored on."""
    found = Scorer(nlp=nlp).score(examples, per_component=True)
    counting = {name: _counting(nlp, name, found.get(name) or {}, len(examples)) for name in nlp.pipe_names}
    tables = {name: scores for name, scores in found.items() if isinstance(scores, Mapping)}
    labels = {name: _of_labels(scores) for name, scores in tables.items()}
    every = {key: value for scores in tables.values() for key, value in scores.items()}
    return Scores({name: scores for name, scores in counting.items() if scores}, labels, every)


def check_annotated(nlp: Language, references: Sequence[Doc]) -> None:
    """Before it takes long. RAISES (ValueError): As `score`; or nothing that the pipeline predicts has a score."""
    for name, pipe in components_of(nlp):
        if answers(pipe, "is_annotated") and not any(pipe.is_annotated(gold) for gold in references):
            raise ValueError(Errors.B371.format(name=name, n_docs=len(references)))
    if not score(nlp, [Example(gold, gold) for gold in references]).counting:
        raise ValueError(Errors.B376.format(pipes=", ".join(nlp.pipe_names)))


def _counting(nlp: Language, name: str, found: Mapping[str, Any], n_docs: int) -> dict[str, float]:
    """The scores that have a weight above 0. None of a component without weights, such as a `sentencizer`, if nothing
    of it is annotated.

    RAISES (ValueError): One of another component is missing: nothing of it is annotated.
    """
    weights = default_weights(nlp.get_pipe_meta(name), nlp.get_pipe_config(name))
    counting = [score for score, weight in weights.items() if weight]
    missing = [score for score in counting if found.get(score) is None]
    if missing and not getattr(nlp.get_pipe(name), "is_trainable", False):
        return {}
    if missing:
        raise ValueError(Errors.B371.format(name=name, n_docs=n_docs))
    return {score: float(found[score]) for score in counting}


def _of_labels(found: Mapping[str, Any]) -> dict[str, float]:
    tables: Iterable[Mapping[str, Any]] = (value for value in found.values() if isinstance(value, Mapping))
    return {
        label: float(scores["f"])
        for table in tables
        for label, scores in table.items()
        if isinstance(scores, Mapping) and scores.get("f") is not None
    }


def components_of(nlp: Language) -> list[tuple[str, Any]]:
    return list(nlp.pipeline)
