import re

import pytest

from spacy_bert_ext.explanation.page.html import direction_of, render_page, visible
from tests.explanation.made import explanation
from tests.pages.parsed import Page

HOSTILE = (
    "<script>alert('x')</script>",
    "</div></figure>",
    '"><img src=x onerror=y>',
    "&amp;",
    "{{ 7 * 7 }}",
    "{% raw %}",
    "<!-- c --> ]]>",
    "' onclick='z",
)
LABEL = "<b>B & C</b>\" title='"


def tokens_of(html):
    """Title, style and text of each token."""
    return [(a["title"], a["style"], text) for _, a, text in Page(html).elements if "title" in a]


def test_each_token_has_its_number_and_colour():
    rest = "; padding: 0.2em 0.1em; border-radius: 0.2em"
    assert tokens_of(explanation().to_html()) == [
        ("-2", f"background: #ee8f3f{rest}; border-bottom: 2px dotted #16181b", "not"),
        ("+1", f"background: #b4d6ea{rest}", "good"),
        ("0", f"background: #ffffff{rest}", " "),
        ("+0.5", f"background: #daebf5{rest}", "film"),
    ]


def test_the_header_says_what_the_numbers_are_about():
    (header,) = [text for tag, _, text in Page(explanation().to_html()).elements if tag == "figcaption"]
    assert " ".join(header.split()) == (
        "POSITIVE 73.1 % bert_textcat · integrated gradients, baseline mask "
        "log odds of POSITIVE: 1.000; of the baseline: 0.500; completeness error: 1.2 %"
    )


def test_the_header_leaves_out_what_is_not_computed():
    found = explanation(
        [0.7, 0.2, 0.0, 0.1],
        method="attention",
        baseline="",
        baseline_value=float("nan"),
        probability=None,
        completeness_error=None,
    )
    seen = " ".join("".join(Page(found.to_html()).texts).split())
    assert seen.startswith("POSITIVE bert_textcat · attention log odds of POSITIVE: 1.000 not good")
    assert seen.endswith("weight 0 0.7, neither for nor against") and "nan" not in seen


@pytest.mark.parametrize(
    "scores, legend",
    [
        ([-2.0, 1.0, 0.0, 0.5], "against −2 +2 for"),
        ([-0.5, -0.25, -0.125, 0.0], "against −0.5 +0.5 for"),
        ([0.0] * 4, "no token has a weight"),
    ],
)
def test_the_legend_has_the_largest_weight(scores, legend):
    seen = " ".join("".join(Page(explanation(scores).to_html()).texts).split())
    assert seen.endswith(legend)


def test_without_weights_all_tokens_are_white():
    assert {style.split(";")[0] for _, style, _ in tokens_of(explanation([0.0] * 4).to_html())} == {
        "background: #ffffff"
    }
    assert {title for title, _, _ in tokens_of(explanation([0.0] * 4).to_html())} == {"0"}


def test_a_text_without_tokens():
    page = Page(explanation([], (), ()).to_html())
    assert page.of_class("entities") == [""] and "no token has a weight" in "".join(page.texts)


def test_negative_scores_alone_are_orange():
    styles = [style for _, style, _ in tokens_of(explanation([-4.0, -2.0, -4.0, -2.0]).to_html())]
    assert [style.split(";")[0] for style in styles] == ["background: #ee8f3f", "background: #f6c79f"] * 2


def test_white_space_is_kept():
    tokens, spaces = ("\n\n", "a", "\t", "b", "  ", "\n", "c"), (True, True, False, True, False, False, True)
    page = Page(explanation([1.0] * 7, tokens, spaces).to_html())
    assert page.of_class("entities") == ["\n\n a \tb   \nc "]
    (style,) = [a["style"] for _, a, _ in page.elements if a.get("class") == "entities"]
    assert "white-space: pre-wrap" in style


def test_the_span_is_framed_and_named():
    page = Page(explanation(target=(0, 2), label="FILM").to_html())
    assert page.of_class("target") == ["not goodFILM"]
    assert page.of_class("entities") == ["not goodFILM  film"]
    assert Page(explanation(target=(3, 4)).to_html()).of_class("target") == ["filmPOSITIVE"]
    assert Page(explanation().to_html()).of_class("target") == []


def test_texts_and_labels_are_escaped():
    n_tokens = len(HOSTILE)
    found = explanation([1.0] * n_tokens, HOSTILE, [True] * n_tokens, label=LABEL, component=LABEL, quantity=LABEL)
    for html in (found.to_html(), render_page([found], title=LABEL)):
        page = Page(html)
        assert not {"script", "img", "b", "link", "iframe"} & set(page.tags)
        names = {name for name, _ in page.attributes}
        assert names <= {"title", "style", "class", "lang", "charset", "name", "content"}
        assert page.of_class("entities") == [found.text]
        assert LABEL not in html and LABEL in "".join(page.texts)


def test_control_characters_are_seen():
    assert visible("a\x00\x1b\x7f\tb\r\n") == "a␀␛␡\tb\r\n"
    html = explanation([1.0] * 4, ("a\x00", "\x08", "b", "c")).to_html()
    assert not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]", html) and "a␀" in html and "␈" in html


@pytest.mark.parametrize(
    "text, direction",
    [
        ("Haifa", "ltr"),
        ("", "ltr"),
        ("123", "ltr"),
        ("Acme פתחה משרד בחיפה", "rtl"),
        ("أعلنت شركة Acme", "rtl"),
        ("the word שלום means peace", "ltr"),
    ],
)
def test_texts_run_in_the_direction_of_most_letters(text, direction):
    assert direction_of(text) == direction
    assert f"direction: {direction}; white-space" in explanation([1.0], (text,), (False,)).to_html()


def test_a_page_has_several_explanations_and_needs_nothing_else():
    of_one_text = [explanation(target=(i, i + 1), label=f"L{i}") for i in range(3)] + [explanation()]
    html = render_page([*of_one_text, explanation([1.0], ("other",), (False,))], title="model-best")
    page = Page(html)
    assert html.lstrip().startswith("<!DOCTYPE html>") and "<title>model-best</title>" in html
    assert page.tags.count("figure") == 5 and page.tags.count("section") == 2
    assert "Text 1" in page.texts and "Text 2" in page.texts
    assert not {"script", "link", "img", "iframe", "object", "embed", "a"} & set(page.tags)
    assert not re.search(r"@import|url\(|https?:", html)
    assert "Text 1" not in render_page(of_one_text)
