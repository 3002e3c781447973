"""Which components set categories, and what they decide."""

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.evaluation.categories import Categorizer, find_categorizers, unknown_categories
from tests.evaluation.annotated import make_cats_example

LABELS = ("A", "B", "C")


EXCLUSIVE = Categorizer("one", LABELS, True, {})


def test_gold_categories_that_nothing_predicts_are_counted() -> None:
    examples = [
        make_cats_example({"A": 0.0, "OTHER": 1.0}, {}),
        make_cats_example({"A": 1.0, "OTHER": 0.6}, {}),
        make_cats_example({"A": 1.0, "RARE": 0.0}, {}),
    ]
    assert unknown_categories(examples, [EXCLUSIVE]) == {"OTHER": 2}
    assert unknown_categories(examples, [EXCLUSIVE, Categorizer("two", ("OTHER",), False, {})]) == {}


@Language.component("undeclared_cats")
def undeclared_cats(doc: Doc) -> Doc:
    doc.cats["Z"] = 1.0
    return doc


def test_components_are_found_with_their_settings() -> None:
    nlp = spacy.blank("en")
    for name, labels in (("textcat", "AB"), ("textcat_multilabel", "CD")):
        pipe = nlp.add_pipe(name)
        for label in labels:
            pipe.add_label(label)
    nlp.get_pipe("textcat_multilabel").cfg.update(threshold=0.3, thresholds={"D": 0.6})
    nlp.add_pipe("undeclared_cats")
    found = find_categorizers(nlp, [undeclared_cats(nlp.make_doc("a"))])
    assert found == [
        Categorizer("textcat", ("A", "B"), True, {}),
        Categorizer("textcat_multilabel", ("C", "D"), False, {"C": 0.3, "D": 0.6}),
        Categorizer("doc.cats", ("Z",), False, {"Z": 0.5}),
    ]


@pytest.mark.parametrize(
    ("factory", "exclusive"),
    [("textcat", True), ("textcat_multilabel", False), ("bert_textcat", True), ("bert_textcat_multilabel", False)],
)
def test_kind_of_a_component_without_a_scorer(factory: str, exclusive: bool) -> None:
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe(factory, config={"scorer": None})
    for label in ("A", "B"):
        pipe.add_label(label)
    assert [found.exclusive for found in find_categorizers(nlp, [])] == [exclusive]
