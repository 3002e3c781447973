"""Excerpts by hand: in the line, or in layers where spans overlap."""

import re

from markupsafe import Markup

from spacy_bert_ext.evaluation.mistakes import Excerpt, Mark
from spacy_bert_ext.evaluation.page.excerpts import has_overlaps, render_excerpt

COLOURS = {"A": "#aaaaaa", "<b>": "#bbbbbb"}


def rendered(text: str, *marks: Mark, cut: bool = False) -> str:
    excerpt = Excerpt(text, list(marks), cut, cut)
    return render_excerpt(excerpt, COLOURS, "ltr", in_layers=has_overlaps(excerpt))


def words_of(html: str) -> list[str]:
    return Markup(html).striptags().split()


def test_spans_that_do_not_overlap_stand_in_the_line() -> None:
    html = rendered("one two three", Mark(4, 7, "<b>", True), Mark(0, 3, "A", False), cut=True)
    assert words_of(html) == ["…", "one", "A", "two", "<b>", "three", "…"]
    assert html.count("<mark") == 2 and "background: #bbbbbb; box-shadow" in html and "<b>" not in html


def test_spans_that_overlap_stand_in_layers() -> None:
    html = rendered("one two-three four", Mark(4, 7, "<b>", True), Mark(0, 13, "A", False), cut=True)
    # The word is cut where a span ends inside of it; a label stands below its first word.
    assert words_of(html) == ["…", "one", "A", "two", "▸", "<b>", "-three", "four", "…"]
    assert "<mark" not in html and "<b>" not in html
    layers = {place: html.count(f"top: {place}px") for place in (40, 57)}
    assert layers == {40: 4, 57: 2}  # a bar below each word of a span, and its start
    assert len(re.findall("background: #bbbbbb; box-shadow", html)) == 3
    assert "direction: ltr" in html


def test_two_labels_on_the_same_words_overlap() -> None:
    html = rendered("one", Mark(0, 3, "A", False), Mark(0, 3, "<b>", False))
    assert words_of(html) == ["one", "<b>", "A"] and "▸" not in html


def test_a_direction_is_kept() -> None:
    excerpt = Excerpt("a b", [Mark(0, 3, "A", False), Mark(0, 1, "A", False)], False, False)
    assert "direction: rtl" in render_excerpt(excerpt, COLOURS, "rtl", in_layers=True)
    assert "direction: rtl" in render_excerpt(excerpt._replace(marks=[]), COLOURS, "rtl", in_layers=False)


def test_words_without_text_are_left_out() -> None:
    html = rendered("a \n b", Mark(0, 5, "A", False), Mark(1, 4, "A", False))
    assert words_of(html) == ["a", "A", "b"]


def test_what_is_compared_with_layers_is_drawn_in_layers() -> None:
    excerpt = Excerpt("a b", [Mark(0, 1, "A", False), Mark(2, 3, "A", True)], False, False)
    assert not has_overlaps(excerpt)
    assert "<mark" in render_excerpt(excerpt, COLOURS, "ltr", in_layers=False)
    html = render_excerpt(excerpt, COLOURS, "ltr", in_layers=True)
    assert words_of(html) == ["a", "A", "b", "▸", "A"] and "<mark" not in html
