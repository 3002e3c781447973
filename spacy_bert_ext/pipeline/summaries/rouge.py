"""ROUGE by the library rouge-score. Lin (2004), "ROUGE: A Package for Automatic Evaluation of Summaries"."""

import warnings
from collections.abc import Iterable
from typing import Any

from spacy.tokens import Doc, Span

from ...errors import Warnings
from .extensions import text_of

KINDS = ("rouge1", "rouge2", "rougeL")
ENGLISH = "en"
_BETWEEN = "\x1f"  # words, where the library does not cut the text


def rouge_scorer(lang: str) -> Any | None:
    """The library's scorer; None, with a warning, if it is not installed.

    lang (str): Of the texts. English is cut and stemmed by the library; of other languages, of which it would leave out
        letters, spaCy's tokens count, in lower case.
    """
    try:
        from rouge_score.rouge_scorer import RougeScorer
    except ImportError:
        warnings.warn(Warnings.B467)
        return None
    if lang == ENGLISH:
        return RougeScorer(list(KINDS), use_stemmer=True)
    return RougeScorer(list(KINDS), tokenizer=_Cut())


def rouge_of(scorer: Any, lang: str, gold: Iterable[Span], predicted: Iterable[Span]) -> dict[str, float]:
    """F-scores of one summary, from 0 to 1, by kind."""
    texts = [_text(list(spans), lang) for spans in (gold, predicted)]
    return {kind: float(found.fmeasure) for kind, found in scorer.score(*texts).items()}


def language_of(doc: Doc) -> str:
    return doc.vocab.lang or ""


def _text(sentences: list[Span], lang: str) -> str:
    if lang == ENGLISH:
        return text_of(sentences)
    tokens = (token for span in sentences for token in span)
    return _BETWEEN.join(token.lower_ for token in tokens if not token.is_punct and not token.is_space)


class _Cut:
    """The words of a text that was made of words."""

    def tokenize(self, text: str) -> list[str]:
        return text.split(_BETWEEN) if text else []
