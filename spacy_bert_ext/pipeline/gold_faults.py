"""Faults of gold spans and of gold entities, and how training tells of them."""

import warnings
from collections.abc import Iterable, Sequence

from spacy.tokens import Span

from .answers import GoldFault

N_SHOWN = 3  # that a warning quotes


def misaligned(spans: Sequence[Span], n_of: int) -> GoldFault:
    """The fault of those that begin or end within a predicted token."""
    return GoldFault(
        [repr(span.text) for span in spans],
        "don't match the tokens",
        "They are not learned. Correct their boundaries, or make the tokenizer split there.",
        n_of,
    )


def blank_ended(spans: Sequence[Span], n_of: int) -> GoldFault:
    """The fault of those that begin or end in white space."""
    return GoldFault(
        [repr(span.text) for span in spans],
        "begin or end in white space",
        "None that is predicted does, so that they count as mistakes. Correct their boundaries.",
        n_of,
    )


def other_groups(keys: Iterable[str]) -> str:
    """For the error that a group has no gold spans: which groups of `doc.spans` there are instead."""
    shown = ", ".join(f'`doc.spans["{key}"]`' for key in sorted(keys))
    return f"; the Docs have {shown}, which `spans_key` can name" if shown else ""


def warn_of_gold(warning: str, spans: Sequence[Span], n_of: int, name: str) -> None:
    """Warn if there are spans with a fault.

    warning (str): A text of `Warnings`. n_of (int): How many are annotated. name (str): Of the component.
    """
    if spans:
        shown = ", ".join(repr(span.text) for span in spans[:N_SHOWN])
        warnings.warn(warning.format(n_spans=len(spans), total=n_of, name=name, examples=shown))
