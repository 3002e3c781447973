"""displaCy with confidence: entities or spans with their scores, and categories as bars."""

import warnings
from collections.abc import Iterable, Mapping, Sequence
from html import escape
from typing import Any

from spacy import displacy
from spacy.displacy.templates import TPL_FIGURE, TPL_PAGE
from spacy.errors import Errors as SpacyErrors
from spacy.tokens import Doc, Span
from spacy.util import minify_html

from ..errors import Errors
from ..runtime.notebook import in_notebook
from .scores import get_score
from .summaries.extensions import get_summary_score

STYLES = ("ent", "span")
N_CATEGORIES = 10  # of a Doc that are shown, if their score is at least
LEAST_SCORE = 0.01
SPANS_KEY = "sc"  # displaCy's default
NO_BREAK = "\N{NO-BREAK SPACE}"
# Laid over displaCy's colours, whatever those are: a line as long as the score, or a veil that leaves the score free.
_LINE, _VEIL = "rgb(0 0 0 / 0.6)", "rgb(255 255 255 / 0.7)"
_INK = "; color: #16181b"  # beside the colour in displaCy's style: dark pages have light letters
_BAR, _RAIL = "#6aaed6", "rgb(127 127 127 / 0.2)"


def render(
    docs: Doc | Span | Iterable[Doc | Span],
    style: str = "ent",
    *,
    page: bool = False,
    minify: bool = False,
    jupyter: bool | None = None,
    options: Mapping[str, Any] | None = None,
) -> str | None:
    """See `spacy_bert_ext.render`."""
    if style not in STYLES:
        raise ValueError(Errors.B010.format(found=style, setting="style", allowed=", ".join(map(repr, STYLES))))
    shown = [_as_doc(found) for found in ([docs] if isinstance(docs, Doc | Span) else docs)]
    rendered = [_rendered(doc, style, options or {}) for doc in shown]
    html = _page(rendered, shown) if page else "".join(rendered)
    if minify:
        html = minify_html(html)
    if jupyter or (jupyter is None and in_notebook()):
        from IPython.display import HTML, display

        display(HTML(f'<span class="tex2jax_ignore">{html}</span>'))  # as displaCy: no formulas in it
        return None
    return html


def _as_doc(found: object) -> Doc:
    if isinstance(found, Span):
        return found.as_doc(copy_user_data=True)  # which has the scores
    if not isinstance(found, Doc):
        raise ValueError(SpacyErrors.E096)
    return found


def _rendered(doc: Doc, style: str, options: Mapping[str, Any]) -> str:
    with warnings.catch_warnings():
        if doc.cats:  # there is something to see
            warnings.filterwarnings("ignore", message=r"\[W006\]|\[W117\]")
        parsed, changed = _entities(doc, options) if style == "ent" else _spans(doc, options)
    html = displacy.render(parsed, style=style, manual=True, jupyter=False, options=changed)
    return html + _categories(doc, options.get("cats"))


def _entities(doc: Doc, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    changed = dict(options)
    colours = displacy.EntityRenderer(options=changed)
    parsed = displacy.parse_ents(doc, changed)
    side = "left" if parsed["settings"].get("direction") == "rtl" else "right"
    for ent, entity in zip(doc.ents, parsed["ents"]):
        score = get_score(ent)
        colour = colours.colors.get(ent.label_.upper(), colours.default_color)
        entity["params"] = {
            "label": _name(ent.label_, score),
            "bg": colour + _INK,
        }  # displaCy escapes texts, but not labels
        if score is not None:
            line = f"linear-gradient(to {side}, {_LINE} {_percent(score)}, transparent 0) 0 100% / 100% 3px no-repeat"
            entity["params"]["bg"] = f"{line}, {colour}{_INK}"
    return parsed, changed


def _spans(doc: Doc, options: Mapping[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Labels get their colours by name, so that each score needs one of its own."""
    key = options.get("spans_key", SPANS_KEY)
    colours = displacy.SpanRenderer(options=dict(options))
    parsed, added = displacy.parse_spans(doc, dict(options)), {}
    for span, shown in zip(doc.spans.get(key, ()), parsed["spans"]):
        score = _score_of(span)
        shown["label"] = _name(span.label_, score).replace(" ", NO_BREAK)  # a line has no room for two
        colour = colours.colors.get(span.label_.upper(), colours.default_color)
        veil = "" if score is None else f"linear-gradient(to top, transparent {_percent(score)}, {_VEIL} 0), "
        added[shown["label"]] = f"{veil}{colour}"
    return parsed, {**options, "colors": {**options.get("colors", {}), **added}}


def _score_of(span: Span) -> float | None:
    score = get_score(span)
    return get_summary_score(span) if score is None else score


def _name(label: str, score: float | None) -> str:
    return escape(label) if score is None else f"{escape(label)} {score:.2f}".strip()


def _percent(score: float) -> str:
    return f"{100 * min(1.0, max(0.0, score)):.0f}%"


def _categories(doc: Doc, names: Sequence[str] | None) -> str:
    """names (Sequence[str]): Those to be shown; None for the best ones."""
    cats = {name: score for name, score in doc.cats.items() if names is None or name in names}
    best = sorted(cats.items(), key=lambda item: -item[1])
    likely = [item for item in best[:N_CATEGORIES] if item[1] >= LEAST_SCORE]
    shown = best if names is not None else likely or best[:1]
    if not shown:
        return ""
    rows = "".join(
        f'<span>{escape(name)}</span><span style="background: {_RAIL}; height: 0.7em">'
        f'<span style="background: {_BAR}; display: block; height: 100%; width: {_percent(score)}"></span></span>'
        f"<span>{score:.2f}</span>\n"
        for name, score in shown
    )
    more = f"<div>… and {len(best) - len(shown)} more</div>" if len(best) > len(shown) else ""
    columns = "grid-template-columns: fit-content(50%) minmax(4em, 16em) max-content"
    style = f"display: grid; {columns}; gap: 0 0.75em; align-items: center; line-height: 1.7; overflow-wrap: anywhere"
    return f'<div class="cats" style="margin: 0.5em 0">\n<div style="{style}">\n{rows}</div>{more}</div>\n'


def _page(rendered: Sequence[str], docs: Sequence[Doc]) -> str:
    system = docs[0].vocab.writing_system if docs else {}
    page = TPL_PAGE.format(
        content="".join(TPL_FIGURE.format(content=html) for html in rendered),
        lang=docs[0].lang_ if docs else "en",
        dir=system.get("direction", "ltr"),
    )
    return page.replace("<head>", '<head>\n        <meta charset="utf-8">', 1).strip()
