"""Gold values of attributes of spans: counted, checked, numbered by predicted tokens."""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from spacy.training import Example

from ...arrays.ragged import starts_of
from ...errors import Errors
from ...spans.attributes import GoldValues
from .attributes import Value, Values, kind_of, place_of, value_of
from .gold import aligned


@dataclass
class ValueCounts:
    """What some examples have annotated.

    n_spans: Gold spans.
    of_each: How often each attribute has each of its values.
    """

    n_spans: int = 0
    of_each: dict[str, Counter[Value]] = field(default_factory=dict)

    def add(self, eg: Example, key: str, name: str) -> None:
        """name (str): Of the component. RAISES (ValueError): Values that are none, or of several kinds."""
        for span in eg.reference.spans.get(key, ()):
            self.n_spans += 1
            for attribute, counts in self.of_each.items():
                value = value_of(span, attribute)
                if value is None:
                    continue
                other = next(iter(counts), value)
                if kind_of(other) != kind_of(value):
                    found = f"{other!r} and {value!r}"
                    raise ValueError(Errors.B413.format(attribute=attribute, name=name, found=found))
                counts[value] += 1

    def values(self) -> dict[str, list[Value]]:
        """Of each attribute, in order."""
        return {attribute: sorted(counts) for attribute, counts in self.of_each.items()}

    def summary(self) -> dict[str, Counter[str]]:
        """Counts by how the values are written."""
        return {
            attribute: Counter({str(value): n for value, n in counts.items()})
            for attribute, counts in self.of_each.items()
        }


def count_values(examples: Iterable[Example], key: str, attributes: Iterable[str], name: str) -> ValueCounts:
    """key (str): Of the group in `doc.spans`. name (str): Of the component."""
    counts = ValueCounts(of_each={attribute: Counter() for attribute in attributes})
    if counts.of_each:
        for eg in examples:
            counts.add(eg, key, name)
    return counts


def check_values(eg: Example, key: str, values: Values, name: str) -> None:
    """RAISES (ValueError): A gold value that is none of an attribute's."""
    for attribute, known in values.items():
        for span in eg.reference.spans.get(key, ()):
            value = value_of(span, attribute)
            if value is not None and place_of(value, known) is None:
                shown = ", ".join(map(repr, known))
                raise ValueError(
                    Errors.B415.format(span=span.text, attribute=attribute, found=repr(value), name=name, values=shown)
                )


def gold_values(examples: Sequence[Example], key: str, values: Values) -> list[GoldValues]:
    """Of each attribute. Spans without a value, and those that don't match the tokens, are left out.

    Spans of the same tokens share their values: they count once.
    """
    starts = starts_of(np.array([len(eg.predicted) for eg in examples], dtype=np.int64)).tolist()
    found: dict[str, dict[tuple[int, int], int]] = {attribute: {} for attribute in values}
    for eg, start in zip(examples, starts):
        for span in eg.reference.spans.get(key, ()) if values else ():
            place = aligned(eg, span)
            if place is None:
                continue
            for attribute, known in values.items():
                value = value_of(span, attribute)
                number = None if value is None else place_of(value, known)
                if number is not None:
                    found[attribute][start + place[0], start + place[1]] = number
    return [_as_arrays(of_attribute) for of_attribute in found.values()]


def _as_arrays(found: Mapping[tuple[int, int], int]) -> GoldValues:
    first, last = np.array(list(found), dtype=np.int64).reshape(-1, 2).T
    return GoldValues(first, last, value=np.array(list(found.values()), dtype=np.int64))
