"""How well attributes of spans are predicted: on the predicted spans that are right, by characters and label."""

from collections.abc import Iterable, Iterator
from typing import Any

from spacy.scorer import PRFScore
from spacy.tokens import Span, SpanGroup
from spacy.training import Example

from .attributes import Value, value_of


def attribute_scores(examples: Iterable[Example], key: str, attribute: str) -> dict[str, Any]:
    """`acc`: the share of values that are right; `macro_f`: the mean of the values' F; `per_type`: P, R, F by value.

    None if no span that was found right has a gold value.

    key (str): Of the group in `doc.spans`, of gold and predicted Docs.
    """
    pairs = [pair for eg in examples for pair in compared_values(eg, key, attribute)]
    if not pairs:
        return {"acc": None, "macro_f": None, "per_type": None}
    counts = {value: PRFScore() for value in sorted({str(value) for pair in pairs for value in pair})}
    for gold, predicted in pairs:
        if gold == predicted:
            counts[str(gold)].tp += 1
        else:
            counts[str(gold)].fn += 1
            counts[str(predicted)].fp += 1
    return {
        "acc": sum(gold == predicted for gold, predicted in pairs) / len(pairs),
        "macro_f": sum(count.fscore for count in counts.values()) / len(counts),
        "per_type": {value: count.to_dict() for value, count in counts.items()},
    }


def compared_values(eg: Example, key: str, attribute: str) -> Iterator[tuple[Value, Value | None]]:
    """Gold and predicted value of each predicted span that is right, if it has a gold value."""
    if key not in eg.reference.spans or key not in eg.predicted.spans:
        return
    gold = {_place(span): value_of(span, attribute) for span in eg.reference.spans[key]}
    group = eg.predicted.spans[key]
    for span, value in zip(group, _values(group, attribute)):
        expected = gold.get(_place(span))
        if expected is not None:
            yield expected, value


def _values(group: SpanGroup, attribute: str) -> list[Value | None]:
    """Those that belong to the group; or, if spans were added or removed since, those under `._`."""
    found: list[Value | None] | None = group.attrs.get(attribute)
    spans = list(group)
    return found if found is not None and len(found) == len(spans) else [value_of(span, attribute) for span in spans]


def _place(span: Span) -> tuple[int, int, str]:
    return span.start_char, span.end_char, span.label_
