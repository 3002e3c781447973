"""Attributes of spans on Docs: `span._.negated`, `span._.negated_score`, and the same in a group's `attrs`.

spaCy finds values under `._` by a span's characters alone: spans of the same characters with different labels share
them. What a group's `attrs` have belongs to its own spans, one by one.
"""

import keyword
import math
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, TypeAlias

import numpy as np
from spacy.tokens import Doc, Span, SpanGroup

from ...errors import Errors
from ...spans.attributes import PredictedValues
from ..scores import SCORE, SCORE_IN_GROUP

Value: TypeAlias = bool | int | float | str
Values: TypeAlias = Mapping[str, Sequence[Value]]  # what an attribute may be, by its name

SCORES = "scores"  # in a group's attributes, as spaCy's span categorizer has them

_OF_SPACY = ("get", "set", "has")  # methods of `span._`
_PLAIN_KINDS = ((bool, "bool"), (str, "string"), ((int, float), "number"))


def score_name(name: str) -> str:
    """Of the extension with the probability of an attribute's value."""
    return f"{name}_score"


def scores_name(name: str) -> str:
    """The same in a group's `attrs`, one for each span."""
    return f"{name}_scores"


def check_names(names: object, component: str) -> None:
    """RAISES (ValueError): No list of names that can stand after `span._.`, each with its score."""
    if not isinstance(names, Sequence) or isinstance(names, str):
        raise ValueError(Errors.B410.format(name=component, found=repr(names), why="is no list"))
    taken = {SCORE, SCORES, SCORE_IN_GROUP, *_OF_SPACY}
    for name in names:
        if not isinstance(name, str) or not name.isidentifier() or keyword.iskeyword(name) or name.startswith("_"):
            raise ValueError(Errors.B410.format(name=component, found=repr(name), why="is no name of an attribute"))
        own = {name, score_name(name), scores_name(name)}
        if own & taken:
            why = "takes the name " + ", ".join(sorted(own & taken)) + ", which something else has"
            raise ValueError(Errors.B410.format(name=component, found=repr(name), why=why))
        taken |= own


def define_attributes(names: Iterable[str], component: str) -> None:
    """Define the extensions that nobody has defined yet.

    RAISES (ValueError): Somebody has, as one that can't be set.
    """
    for extension in _extensions(names):
        if not Span.has_extension(extension):
            Span.set_extension(extension, default=None)
            continue
        _, method, getter, setter = Span.get_extension(extension)
        if method is not None or (getter is not None and setter is None):
            kind = "a method" if method is not None else "a getter without a setter"
            raise ValueError(Errors.B411.format(extension=extension, kind=kind, name=component))


def kind_of(value: object) -> str | None:
    """What kind of value this is; None if it is none that an attribute can have."""
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return next((name for types, name in _PLAIN_KINDS if isinstance(value, types)), None)


def value_of(span: Span, attribute: str) -> Value | None:
    """What is annotated; None if nothing is. RAISES (ValueError): It is none of the kinds that there are."""
    found: Any = span._.get(attribute)
    value: Value | None = found.item() if isinstance(found, np.generic) else found
    if value is not None and kind_of(value) is None:
        raise ValueError(Errors.B412.format(attribute=attribute, span=span.text, found=repr(found)))
    return value


def place_of(value: Value, values: Sequence[Value]) -> int | None:
    """Where a value stands among others; True is not 1."""
    kind = kind_of(value)
    return next((i for i, other in enumerate(values) if other == value and kind_of(other) == kind), None)


def write_values(group: SpanGroup, values: Values, predicted: Sequence[PredictedValues]) -> None:
    """Annotate the spans of a group. predicted (Sequence[PredictedValues]): Of each attribute, those of the group."""
    spans = list(group)
    for (name, known), (places, scores) in zip(values.items(), predicted):
        found = [known[place] for place in places.tolist()]
        group.attrs[name], group.attrs[scores_name(name)] = found, scores.astype(np.float32)
        for span, value, score in zip(spans, found, scores.tolist()):
            span._.set(name, value)
            span._.set(score_name(name), score)


def attributes_of(group: SpanGroup) -> list[str]:
    """Names of the attributes that have been written to a group, and that are defined here, too."""
    return [name for name in group.attrs if scores_name(name) in group.attrs and Span.has_extension(name)]


def drop_values(doc: Doc, spans: Iterable[Span], attributes: Iterable[str]) -> None:
    """Take away what stands under `._` of these spans. What an extension with a setter does is its own affair."""
    user_data: dict[Any, Any] = doc.user_data  # spaCy's stubs know keys that are strings only
    extensions = _extensions(attributes)
    for span in spans:
        for name in extensions:
            user_data.pop(("._.", name, span.start_char, span.end_char), None)


def _extensions(attributes: Iterable[str]) -> list[str]:
    return [extension for name in attributes for extension in (name, score_name(name))]
