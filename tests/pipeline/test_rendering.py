"""displaCy's HTML with scores: exact parts, escaping, options, and what is displayed in notebooks."""

import sys
import warnings
from types import SimpleNamespace
from typing import Any

import pytest
import spacy
from spacy import displacy
from spacy.tokens import Doc, Span

import spacy_bert_ext
from spacy_bert_ext.pipeline.rendering import NO_BREAK, render
from spacy_bert_ext.pipeline.scores import SCORE_IN_GROUP, add_scores
from spacy_bert_ext.pipeline.summaries.extensions import set_summary_score

INK = "; color: #16181b"
LINE = (
    "linear-gradient(to right, rgb(0 0 0 / 0.6) {percent}, transparent 0) 0 100% / 100% 3px no-repeat, {colour}" + INK
)
VEIL = "linear-gradient(to top, transparent {percent}, rgb(255 255 255 / 0.7) 0), {colour}"
RAIL = "background: rgb(127 127 127 / 0.2); height: 0.7em"
BAR = "background: #6aaed6; display: block; height: 100%; width: {percent}"


def make_doc(lang: str = "en") -> Doc:
    doc = spacy.blank(lang)("Ada left <Paris> for Rome")
    doc.ents = [Span(doc, 0, 1, "PERSON"), Span(doc, 3, 4, "GPE"), Span(doc, 6, 7, "A&B")]
    add_scores(doc, [(0, 0, "PERSON", 0.974), (3, 3, "GPE", 0.5)])
    return doc


def make_spans() -> Doc:
    doc = make_doc()
    doc.spans["sc"] = [Span(doc, 3, 7, "ROUTE"), Span(doc, 3, 4, "CITY")]
    add_scores(doc, [(3, 6, "ROUTE", 0.25)], SCORE_IN_GROUP)
    return doc


def test_entities_have_their_score_and_a_line_as_long() -> None:
    html = render(make_doc(), jupyter=False)
    assert html is not None
    for name, percent, colour in (("PERSON 0.97", "97%", "#aa9cfc"), ("GPE 0.50", "50%", "#feca74")):
        assert f"background: {LINE.format(percent=percent, colour=colour)}; padding" in html
        assert f">{name}</span>" in html
    assert ">A&amp;B</span>" in html and "background: #ddd; color: #16181b; padding" in html  # without a score
    assert "&lt;" in html and "&gt; for" in html


def test_without_scores_it_is_what_displacy_draws() -> None:
    doc = spacy.blank("en")("Ada left")
    doc.ents = [Span(doc, 0, 1, "PERSON")]
    theirs = displacy.render(doc, style="ent", jupyter=False)
    assert render(doc) == theirs.replace("background: #aa9cfc", "background: #aa9cfc" + INK)
    theirs = displacy.render(doc, style="ent", page=True, minify=True, jupyter=False)
    ours = render(doc, page=True, minify=True)
    assert ours is not None and ours.replace('<meta charset="utf-8">', "").replace(INK, "") == theirs
    doc.spans["sc"] = [Span(doc, 0, 2, "EVENT")]
    assert render(doc, "span") == displacy.render(doc, style="span", jupyter=False)


def test_options_are_displacys() -> None:
    options = {"ents": ["PERSON"], "colors": {"PERSON": "linear-gradient(90deg, red, blue)"}}
    html = render(make_doc(), options=options)
    assert html is not None and "GPE" not in html
    assert LINE.format(percent="97%", colour="linear-gradient(90deg, red, blue)") in html


def test_lines_run_with_the_text() -> None:
    html = render(make_doc("ar"))
    assert html is not None and "direction: rtl" in html and "linear-gradient(to left, rgb(0 0 0 / 0.6) 97%" in html


def test_spans_are_filled_as_high_as_their_score() -> None:
    html = render(make_spans(), "span", options={"colors": {"ROUTE": "#123456"}})
    assert html is not None and f"ROUTE{NO_BREAK}0.25" in html and "0.50" not in html  # CITY has none
    assert f"background: {VEIL.format(percent='25%', colour='#123456')}; top" in html
    assert "background: #ddd; top" in html and "CITY" in html


def test_other_groups_and_scores_of_sentences() -> None:
    doc = spacy.blank("en")("One. Two.")
    doc.spans["summary"] = [Span(doc, 0, 2, "")]
    set_summary_score(doc.spans["summary"][0], 0.75)
    html = render(doc, "span", options={"spans_key": "summary"})
    assert html is not None and VEIL.format(percent="75%", colour="#ddd") in html and "0.75" in html


def test_categories_are_bars_below_the_text() -> None:
    doc = spacy.blank("en")("Ada left")
    doc.cats = {"a": 0.1, "b&c": 0.875}
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        html = render(doc)
    assert html is not None
    _, below = html.split('<div class="cats"')
    rows = [line for line in below.splitlines() if line.startswith("<span>")]
    rail, bar = f'<span style="{RAIL}">', BAR.format(percent="88%")
    assert rows[0] == f'<span>b&amp;c</span>{rail}<span style="{bar}"></span></span><span>0.88</span>'
    assert rows[1].startswith("<span>a</span>") and "more" not in below
    assert render(doc, options={"cats": ["a"]}).count("0.7em") == 1  # type: ignore[union-attr]


@pytest.mark.parametrize("step, n_shown", [(0.01, 10), (0.001, 2), (0.0001, 1)])
def test_ten_categories_are_shown_if_their_scores_can_be_seen(step: float, n_shown: int) -> None:
    doc = spacy.blank("en")("Ada left")
    doc.cats = {f"c{i}": i * step for i in range(12)}
    html = render(doc)
    assert html is not None and html.count("0.7em") == n_shown
    assert f"<div>… and {12 - n_shown} more</div>" in html and ">c1<" not in html


def test_nothing_to_see_is_told_by_displacy() -> None:
    with pytest.warns(UserWarning, match="W006"):
        render(spacy.blank("en")("Ada"))
    with pytest.warns(UserWarning, match="W117"):
        render(make_doc(), "span")


def test_several_docs_parts_of_docs_and_pages() -> None:
    doc = make_doc()
    page = render([doc, doc[3:4]], page=True)
    assert page is not None and page.startswith("<!DOCTYPE html>") and '<meta charset="utf-8">' in page
    assert page.count("<figure") == 2 and page.count("GPE 0.50") == 2 and page.count("PERSON 0.97") == 1
    assert render([], page=True).startswith("<!DOCTYPE html>")  # type: ignore[union-attr]


def test_what_can_not_be_shown() -> None:
    with pytest.raises(ValueError, match=r"\[B010\].*'dep'.*`style`.*'ent', 'span'"):
        render(make_doc(), "dep")
    with pytest.raises(ValueError, match="E096"):
        render("a text")  # type: ignore[arg-type]


def test_notebooks_display_it(monkeypatch: pytest.MonkeyPatch) -> None:
    shown: list[Any] = []
    shell = SimpleNamespace(kernel="a kernel")
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: shell))  # type: ignore[arg-type]
    displays = SimpleNamespace(HTML=lambda html: html, display=shown.append)
    monkeypatch.setitem(sys.modules, "IPython.display", displays)  # type: ignore[arg-type]
    assert spacy_bert_ext.render(make_doc()) is None
    html = spacy_bert_ext.render(make_doc(), jupyter=False)
    assert shown == [f'<span class="tex2jax_ignore">{html}</span>']
