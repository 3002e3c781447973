"""Excerpts in displaCy's styles: entities in the line, spans that overlap in layers below it."""

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise
from typing import Any

from markupsafe import Markup
from spacy import displacy

from ..mistakes import Excerpt, Mark

MISTAKEN = "; box-shadow: 0 0 0 2px var(--ring)"  # beside the colour in displaCy's style
MISTAKEN_SIGN = "▸ "  # before its label in a layer, where many rings are hard to tell apart


def has_overlaps(excerpt: Excerpt) -> bool:
    """Whether its marks need layers."""
    return any(after.start < before.end for before, after in pairwise(sorted(excerpt.marks)))


def render_excerpt(excerpt: Excerpt, colours: Mapping[str, str], direction: str, *, in_layers: bool) -> Markup:
    """
    colours (Mapping[str, str]): By label.
    direction (str): "ltr" or "rtl".
    in_layers (bool): Needed if it `has_overlaps`; what is to be compared with it is drawn alike.
    """
    marks = sorted(excerpt.marks, key=lambda mark: (mark.start, -mark.end))
    drawn = _in_layers(excerpt, marks, colours) if in_layers else _in_line(excerpt, marks, colours)
    options = {"colors": drawn.pop("colors", {})}
    shown = {**drawn, "settings": {"direction": direction}}
    style = "span" if in_layers else "ent"
    return Markup(displacy.render(shown, style=style, manual=True, jupyter=False, options=options))


def _in_line(excerpt: Excerpt, marks: Sequence[Mark], colours: Mapping[str, str]) -> dict[str, Any]:
    before, after = _ellipses(excerpt)
    entities = [
        {
            "start": len(before) + mark.start,
            "end": len(before) + mark.end,
            "label": escape(mark.label),  # displaCy escapes texts, but not labels
            "params": {"bg": _colour(mark, colours)},
        }
        for mark in marks
    ]
    return {"text": before + excerpt.text + after, "ents": entities}


def _in_layers(excerpt: Excerpt, marks: Sequence[Mark], colours: Mapping[str, str]) -> dict[str, Any]:
    """Words, cut where a mark begins or ends inside of them, and the marks by their numbers."""
    names = [escape(MISTAKEN_SIGN * mark.mistaken + mark.label) for mark in marks]
    bounds = {place for mark in marks for place in (mark.start, mark.end)}
    pieces: list[tuple[int, str]] = []
    for word in re.finditer(r"\S+", excerpt.text):
        cuts = sorted({word.start(), word.end()} | {place for place in bounds if word.start() < place < word.end()})
        pieces += [(start, excerpt.text[start:end]) for start, end in pairwise(cuts)]
    before, after = (end.strip() for end in _ellipses(excerpt))
    shift = len(before)
    spans = [
        {
            "start_token": shift + sum(start < mark.start for start, _ in pieces),
            "end_token": shift + sum(start < mark.end for start, _ in pieces),
            "label": name,
        }
        for name, mark in zip(names, marks)
    ]
    return {
        "tokens": [*before, *(text for _, text in pieces), *after],
        "spans": spans,
        "colors": {name: _colour(mark, colours) for name, mark in zip(names, marks)},
    }


def _colour(mark: Mark, colours: Mapping[str, str]) -> str:
    return colours[mark.label] + (MISTAKEN if mark.mistaken else "")


def _ellipses(excerpt: Excerpt) -> tuple[str, str]:
    return "… " if excerpt.cut_before else "", " …" if excerpt.cut_after else ""
