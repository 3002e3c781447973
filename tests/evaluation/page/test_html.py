import re

from spacy_bert_ext.evaluation.page.html import MAX_CONFUSED, render_page, shown_confusion
from spacy_bert_ext.evaluation.report import Report, evaluate
from tests.evaluation.reports import LABEL, WILD, guessing, wild_examples, wild_report
from tests.pages.parsed import Page


def test_the_page_is_whole_and_needs_nothing_else() -> None:
    text = render_page(wild_report())
    page = Page(text)
    assert text.lstrip().startswith("<!DOCTYPE html>")
    assert not {"script", "link", "img", "iframe", "object", "embed"} & set(page.tags)
    names = {name for name, _ in page.attributes}
    assert not any(name.startswith("on") for name in names) and "src" not in names
    links = {value for name, value in page.attributes if name == "href"}
    assert links == {"#entities", "#spans-1", "#categories-1"} and links <= {
        f"#{value}" for name, value in page.attributes if name == "id"
    }
    assert not re.search(r"@import|url\(|https?:", text)
    assert "prefers-color-scheme: dark" in text and 'name="viewport"' in text
    assert page.tags.count("svg") >= 6


def test_texts_and_labels_are_escaped() -> None:
    text = render_page(wild_report())
    seen = "".join(Page(text).texts)
    assert "<script>alert('x')</script> & <b>Ada</b>" in seen  # among the categories
    assert LABEL in seen and "B & C" in seen and "東京 👩‍👩‍👧‍👦" in seen
    assert "{{ 7 * 7 }}" in seen and "{label}" in seen and "<!-- c --> ]]>" in seen
    assert "<script" not in text and LABEL not in text
    assert "x" * 3000 not in text and "…" in seen
    assert WILD[0].splitlines()[0] in seen


def test_a_page_without_entities_or_mistakes() -> None:
    nlp = guessing("guess_categories")
    examples = wild_examples(nlp)
    for eg in examples:
        eg.reference.cats = {"B & C": 1.0}
    page = Page(render_page(evaluate(nlp, examples)))
    seen = " ".join("".join(page.texts).split())
    assert "Entities" not in seen and "Wrong predictions" not in seen
    assert "100.0" in seen


def test_a_page_of_one_doc_without_predictions() -> None:
    nlp = guessing("guess_entities")
    example = wild_examples(nlp)[2]
    example.reference.ents = ()
    report = evaluate(nlp, [example])
    assert isinstance(report, Report)
    seen = " ".join("".join(Page(render_page(report)).texts).split())
    assert "No predictions with scores from 0 to 1" in seen and "Gold entities: 0." in seen


def test_mistaken_entities_are_outlined() -> None:
    text = render_page(wild_report())
    outlined = re.findall(r'<mark class="entity" style="background: #\w{6}; box-shadow', text)
    marks = re.findall(r'<mark class="entity"', text)
    assert 0 < len(outlined) < len(marks)


def test_the_most_confused_labels_of_a_large_matrix_are_shown() -> None:
    n_labels = MAX_CONFUSED + 5
    names = [f"L{i:02}" for i in range(n_labels)]
    counts = [[(10 if i == j else 0) for j in range(n_labels + 1)] for i in range(n_labels + 1)]
    counts[-1][-1] = 0
    counts[n_labels - 1][n_labels - 2] = 3
    shown = shown_confusion({"labels": [*names, None], "counts": counts})
    assert len(shown["labels"]) == MAX_CONFUSED and shown["n_labels"] == n_labels  # nothing is missed or spurious
    assert shown["labels"][-2:] == names[-2:]
    assert shown["counts"][-1][-2] == 3
    assert shown["pairs"] == [(names[-1], names[-2], 3)]


def test_labels_that_never_occur_are_left_out_of_the_matrix() -> None:
    counts = [[1, 0, 2], [0, 0, 0], [0, 0, 0]]
    shown = shown_confusion({"labels": ["A", "B", None], "counts": counts})
    assert (shown["labels"], shown["counts"]) == (["A", None], [[1, 2], [0, 0]])
