"""Gold entities beside predicted ones, each in exactly one class of right or wrong.

The classes are those of MUC-5 (Chinchor & Sundheim 1993), with partial and incorrect answers told apart as in SemEval-
2013 task 9.1 (Segura-Bedmar et al. 2013):

    correct               same tokens, same label
    type                  same tokens, another label
    boundary              other tokens that overlap, same label
    boundary_and_type     other tokens that overlap, another label
    missed                gold, overlapping no prediction that is left
    spurious              predicted, overlapping no gold entity that is left

An entity makes a pair with one other at most: pairs are formed in the order of the classes, within a class by overlap.
"""

from bisect import bisect_right
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

from spacy.attrs import ENT_IOB
from spacy.tokens import Span
from spacy.training import Example

PAIRED = ("correct", "type", "boundary", "boundary_and_type")
KINDS = (*PAIRED, "missed", "spurious")


class Entity(NamedTuple):
    """start, end: Gold tokens, counted from 0, `end` exclusive. span: In the gold or the predicted Doc."""

    start: int
    end: int
    label: str
    span: Span


class Match(NamedTuple):
    """A pair of entities, or one alone. kind: One of KINDS."""

    kind: str
    gold: Entity | None
    predicted: Entity | None

    @property
    def entity(self) -> Entity:
        """The gold one, or else the predicted one."""
        return next(entity for entity in (self.gold, self.predicted) if entity is not None)


def match_entities(gold: Sequence[Entity], predicted: Sequence[Entity]) -> list[Match]:
    """Put each entity into one class; in the order of the text.

    gold (Sequence[Entity]): In the order of the text, without overlaps.
    """
    candidates = []
    ends = [entity.end for entity in gold]
    for j, guess in enumerate(predicted):
        i = bisect_right(ends, guess.start)
        while i < len(gold) and gold[i].start < guess.end:
            overlap = min(gold[i].end, guess.end) - max(gold[i].start, guess.start)
            candidates.append((PAIRED.index(_kind(gold[i], guess)), -overlap, i, j))
            i += 1
    free_gold, free_predicted = dict(enumerate(gold)), dict(enumerate(predicted))
    matches = []
    for kind, _, i, j in sorted(candidates):
        if i in free_gold and j in free_predicted:
            matches.append(Match(PAIRED[kind], free_gold.pop(i), free_predicted.pop(j)))
    matches += [Match("missed", entity, None) for entity in free_gold.values()]
    matches += [Match("spurious", None, entity) for entity in free_predicted.values()]
    return sorted(matches, key=lambda match: match.entity.start)


def _kind(gold: Entity, predicted: Entity) -> str:
    same_tokens = (gold.start, gold.end) == (predicted.start, predicted.end)
    if gold.label == predicted.label:
        return "correct" if same_tokens else "boundary"
    return "type" if same_tokens else "boundary_and_type"


def compare_entities(eg: Example) -> list[Match] | None:
    """Matches of a Doc; None if its gold Doc has no annotation of entities.

    As in spaCy's `get_ner_prf`, predicted entities that reach into tokens without annotation, or that no gold token
    aligns with, are left out: they are neither right nor wrong.
    """
    if not eg.reference.has_annotation("ENT_IOB"):
        return None
    gold = [Entity(span.start, span.end, span.label_, span) for span in eg.reference.ents]
    annotated = eg.reference.to_array(ENT_IOB) != 0
    predicted = []
    for span in eg.predicted.ents:
        tokens = eg.alignment.x2y[span.start : span.end]
        if len(tokens):
            start, end = int(tokens[0]), int(tokens[-1]) + 1
            if annotated[start:end].all():
                predicted.append(Entity(start, end, span.label_, span))
    return match_entities(gold, predicted)


def schemas(kinds: Counter[str]) -> dict[str, dict[str, float]]:
    """Precision, recall and F by SemEval-2013's four measures, which forgive more or less.

    strict: Tokens and label. exact: Tokens only. partial: Overlap counts half. type: Label, with any overlap.

    kinds (Counter): How many matches there are of each of KINDS.
    """
    n_paired = sum(kinds[kind] for kind in PAIRED)
    n_gold, n_predicted = n_paired + kinds["missed"], n_paired + kinds["spurious"]
    exact = kinds["correct"] + kinds["type"]
    hits = {
        "strict": kinds["correct"],
        "exact": exact,
        "partial": exact + (kinds["boundary"] + kinds["boundary_and_type"]) / 2,
        "type": kinds["correct"] + kinds["boundary"],
    }
    rows = {}
    for name, hit in hits.items():
        p, r = hit / max(1, n_predicted), hit / max(1, n_gold)
        rows[name] = {"p": p, "r": r, "f": 2 * p * r / (p + r) if hit else 0.0}
    return rows
