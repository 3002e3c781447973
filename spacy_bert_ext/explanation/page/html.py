"""Explanations as HTML in displaCy's style: an element with inline styles, or a page. No scripts, no network."""

import math
import unicodedata
from collections.abc import Sequence
from functools import cache
from typing import NamedTuple

from jinja2 import Environment

from ...about import __version__
from ...pages.environment import page_environment
from ..token_scores import TokenScores
from . import colours

# Characters that are not seen, and that HTML allows in no form; all but tab and line breaks.
_PICTURES = {code: 0x2400 + code for code in range(32) if chr(code) not in "\t\n\r"} | {0x7F: 0x2421}

WEIGHTS_ONLY = ("attention", "rollout")  # methods whose scores are never negative


class ShownToken(NamedTuple):
    """opens, closes: Whether the span that is explained begins with it, or ends with it."""

    text: str
    space: str
    title: str
    style: str
    opens: bool
    closes: bool


def render_page(explanations: Sequence[TokenScores], title: str = "Explanations") -> str:
    """A page of explanations, those of one text below each other.

    RETURNS (str): HTML5, without scripts, links or anything else that would be fetched.
    """
    texts: dict[str, list[TokenScores]] = {}
    for explanation in explanations:
        texts.setdefault(explanation.text, []).append(explanation)
    template = _environment().get_template("page.html")
    return template.render(texts=list(texts.values()), title=title, version=__version__)


def render_explanation(explanation: TokenScores) -> str:
    """RETURNS (str): One element, whose styles are its own."""
    return _environment().get_template("explanation.html").render(explanation=explanation)


@cache
def _environment() -> Environment:
    environment = page_environment(__package__)
    environment.globals.update(
        shown_tokens=shown_tokens, direction_of=direction_of, facts_of=facts_of, largest_of=largest_of, colours=colours
    )
    environment.filters.update(visible=visible, words=words)
    environment.tests.update(weights_only=lambda method: method in WEIGHTS_ONLY)
    return environment


def shown_tokens(explanation: TokenScores) -> list[ShownToken]:
    first, end = explanation.target or (-1, -1)
    shares = colours.shares_of(explanation.scores)
    return [
        ShownToken(
            text=visible(token),
            space=" " if space else "",
            title=f"{score:+.4g}" if score else "0",
            style=colours.token_style(share),
            opens=i == first,
            closes=i == end - 1,
        )
        for i, (token, space, score, share) in enumerate(
            zip(explanation.tokens, explanation.spaces, explanation.scores.tolist(), shares.tolist())
        )
    ]


def facts_of(explanation: TokenScores) -> list[str]:
    """What the header says about the numbers, as far as it is known."""
    known = [f"{explanation.quantity}: {explanation.value:.3f}"]
    if math.isfinite(explanation.baseline_value):
        known.append(f"of the baseline: {explanation.baseline_value:.3f}")
    if explanation.completeness_error is not None:
        known.append(f"completeness error: {explanation.completeness_error:.1%}".replace("%", " %"))
    return known


def largest_of(explanation: TokenScores) -> str:
    return f"{abs(explanation.scores).max(initial=0.0):.3g}"


def direction_of(text: str) -> str:
    """RETURNS (str): "rtl" if most of the letters are written from right to left, else "ltr"."""
    kinds = [unicodedata.bidirectional(character) for character in text]
    return "rtl" if kinds.count("R") + kinds.count("AL") > kinds.count("L") else "ltr"


def visible(text: str) -> str:
    """Control characters as the pictures that Unicode has of them."""
    return text.translate(_PICTURES)


def words(name: str) -> str:
    return name.replace("_", " ")
