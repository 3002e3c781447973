"""How good predicted summaries are: by their sentences, and by the words that they share with the gold ones."""

from collections.abc import Iterable
from typing import Any

import numpy as np
from spacy.scorer import PRFScore
from spacy.tokens import Span
from spacy.training import Example

from ...pieces.sentences import Sentences, sentences_of
from .gold import gold_of
from .rouge import KINDS, language_of, rouge_of, rouge_scorer


def summary_scores(examples: Iterable[Example], key: str, *, rouge: bool) -> dict[str, Any]:
    """`sents_p`, `sents_r`, `sents_f` over the sentences of all annotated Docs; `rouge1`, `rouge2` and `rougeL`: means
    of the F-scores over those with a gold summary. From 0 to 1; none of them if no Doc is annotated.

    Gold and predicted spans are compared as sentences of the predicted Doc, see `gold_of`. A gold span that is most of
    none counts as missed.

    key (str): Of the group in `doc.spans`, of gold and predicted Docs.
    rouge (bool): Whether to measure it. Without the library rouge-score it is left out, with a warning.
    """
    annotated = [eg for eg in examples if key in eg.reference.spans]
    if not annotated:
        return {}
    counts = PRFScore()
    for eg in annotated:
        _count(eg, key, counts)
    found: dict[str, Any] = {"sents_p": counts.precision, "sents_r": counts.recall, "sents_f": counts.fscore}
    lang = language_of(annotated[0].reference)
    scorer = rouge_scorer(lang) if rouge else None
    if scorer is None:
        return found
    rows = [
        rouge_of(scorer, lang, eg.reference.spans[key], eg.predicted.spans.get(key, ()))
        for eg in annotated
        if len(eg.reference.spans[key])
    ]
    return {**found, **{kind: float(np.mean([row[kind] for row in rows])) for kind in KINDS if rows}}


def _count(eg: Example, key: str, counts: PRFScore) -> None:
    sentences = sentences_of([eg.predicted], key) if eg.predicted.has_annotation("SENT_START") else _none(eg)
    gold = gold_of(eg, sentences, key)
    chosen = _chosen(list(eg.predicted.spans.get(key, ())), sentences)
    counts.tp += int((gold.is_gold & chosen).sum())
    counts.fp += int((chosen & ~gold.is_gold).sum())
    counts.fn += int((gold.is_gold & ~chosen).sum()) + len(gold.unfit)


def _chosen(spans: list[Span], sentences: Sentences) -> np.ndarray:
    """Which sentences the predicted spans are: (n_sentences,)."""
    places = {
        (first, last): i for i, (first, last) in enumerate(zip(sentences.first.tolist(), sentences.last.tolist()))
    }
    found = np.zeros(len(places), dtype=bool)
    for span in spans:
        place = places.get((span.start, span.end - 1))
        if place is not None:
            found[place] = True
    return found


def _none(eg: Example) -> Sentences:
    nothing = np.zeros(0, dtype=np.int64)
    return Sentences(nothing, nothing, per_doc=np.array([0]), tokens_per_doc=np.array([len(eg.predicted)]))
