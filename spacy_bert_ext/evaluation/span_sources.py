"""Where spans stand on a Doc, gold and predicted ones: in `doc.ents`, or in one group of `doc.spans`."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from typing import Any, NamedTuple

import numpy as np
from spacy.attrs import ENT_IOB
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example

from ..settings import is_number
from .matching import LabelledSpan, Match, match_spans

# Where spans may nest, one of another label and with other tokens is confused with a gold span only if it is much the
# same: at least this share of their tokens is common. Else it is another span.
MIN_SHARED = 0.5


class SpanSource(NamedTuple):
    """key: Of `doc.spans`; None stands for `doc.ents`. components: Names of those that write there."""

    key: str | None
    components: tuple[str, ...] = ()

    def spans(self, doc: Doc) -> Sequence[Span]:
        return doc.ents if self.key is None else tuple(doc.spans.get(self.key, ()))

    def is_annotated(self, gold: Doc) -> bool:
        """As spaCy's scorers have it: entities of some token, and a group, if it is there, even an empty one."""
        return gold.has_annotation("ENT_IOB") if self.key is None else self.key in gold.spans


def find_groups(nlp: Language, examples: Sequence[Example]) -> list[SpanSource]:
    """The groups of the components that have a key and labels; and others that are both predicted and annotated.

    examples (Sequence[Example]): With predicted Docs.
    """
    owners: dict[str, tuple[str, ...]] = {}
    for name in nlp.pipe_names:
        key = key_of(nlp, name)
        if key is not None and has_labels(nlp, name):
            owners[key] = (*owners.get(key, ()), name)
    known = {key_of(nlp, name) for name in nlp.pipe_names}
    others = sorted({key for eg in examples for key in eg.predicted.spans if key in eg.reference.spans} - known)
    return [SpanSource(key, names) for key, names in owners.items()] + [SpanSource(key) for key in others]


def unknown_keys(nlp: Language, examples: Iterable[Example], groups: Collection[SpanSource]) -> dict[str, int]:
    """Keys of gold spans that nothing writes to: in how many Docs. Empty without groups: then spans are not meant."""
    if not groups:
        return {}
    known = {source.key for source in groups} | {key_of(nlp, name) for name in nlp.pipe_names}
    found = Counter(key for eg in examples for key, group in eg.reference.spans.items() if len(group))
    return {key: n_docs for key, n_docs in sorted(found.items()) if key not in known}


def key_of(nlp: Language, name: str) -> str | None:
    """The key of `doc.spans` that a component writes to; None if it declares to write to none."""
    pipe: Any = nlp.get_pipe(name)
    if "doc.spans" not in nlp.get_pipe_meta(name).assigns:
        return None
    key = getattr(pipe, "key", None) or getattr(pipe, "cfg", {}).get("spans_key")
    return key if isinstance(key, str) else None


def has_labels(nlp: Language, name: str) -> bool:
    """Those that find spans without a label, such as spaCy's `span_finder`, can't be compared by label."""
    return bool(getattr(nlp.get_pipe(name), "labels", ()))


def compare_spans(eg: Example, source: SpanSource) -> list[Match] | None:
    """Matches of a Doc; None if its gold Doc has no annotation of these spans.

    What counts is what spaCy's scorers count. Of entities (`get_ner_prf`) predictions that reach into tokens without
    annotation, or that no gold token aligns with, are left out: they are neither right nor wrong. So are predictions
    in a group (`Scorer.score_spans`) that gold tokens don't match; a span counts once, however often it is listed.
    """
    if not source.is_annotated(eg.reference):
        return None
    gold = [LabelledSpan(span.start, span.end, span.label_, span) for span in source.spans(eg.reference)]
    if source.key is None:
        return match_spans(gold, _predicted_entities(eg))
    return match_spans(_once(gold), _once(_predicted_in_group(eg, source.key)), min_shared=MIN_SHARED)


def _predicted_entities(eg: Example) -> list[LabelledSpan]:
    annotated = eg.reference.to_array(ENT_IOB) != 0
    scored = ((span, score_of(span)) for span in eg.predicted.ents)
    return [span for span in _aligned(eg, scored) if annotated[span.start : span.end].all()]


def _predicted_in_group(eg: Example, key: str) -> list[LabelledSpan]:
    if key not in eg.predicted.spans:
        return []
    group = eg.predicted.spans[key]
    return [
        found
        for found in _aligned(eg, zip(group, scores_of(group)))
        if _letters(found.span) == _letters(eg.reference[found.start : found.end])
    ]


def _aligned(eg: Example, scored: Iterable[tuple[Span, float | None]]) -> Iterator[LabelledSpan]:
    """Predicted spans by gold tokens; without those that no gold token aligns with."""
    alignment = eg.alignment.x2y
    for span, score in scored:
        tokens = alignment[span.start : span.end]
        if len(tokens):
            start, end = int(tokens[0]), int(tokens[-1]) + 1
            yield LabelledSpan(start, end, label=span.label_, span=span, score=score)


def _once(spans: Iterable[LabelledSpan]) -> list[LabelledSpan]:
    """The first of those with the same tokens and label."""
    found: dict[tuple[int, int, str], LabelledSpan] = {}
    for span in spans:
        found.setdefault((span.start, span.end, span.label), span)
    return list(found.values())


def _letters(span: Span) -> str:
    """What spaCy's `Example.get_aligned_spans_x2y` compares."""
    return span.text.lower().strip().replace(" ", "")


def scores_of(group: SpanGroup) -> list[float | None]:
    """Of each span of a group: `attrs["scores"]`, as spaCy's `spancat` has them, or else `span._.score`."""
    try:
        given = np.asarray(group.attrs.get("scores", ()), dtype=np.float64).ravel().tolist()
    except (TypeError, ValueError):  # whoever else calls something "scores"
        given = []
    if len(given) == len(group):
        return [_from_0_to_1(score) for score in given]
    return [score_of(span) for span in group]


def score_of(span: Span) -> float | None:
    """`span._.score`, if something has set it to a number from 0 to 1."""
    return _from_0_to_1(span._.score if Span.has_extension("score") else None)


def _from_0_to_1(score: Any) -> float | None:
    return score if is_number(score) and 0 <= score <= 1 else None
