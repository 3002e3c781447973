"""Shares of equal annotations, counted by hand."""

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from spacy_bert_ext.quantization.comparing import agreements
from tests.annotated import TEXTS

WORDS = ["Angela", "Merkel", "visited", "Paris"]


def doc(nlp: Language, tags: list[str], **cats: float) -> Doc:
    made = Doc(nlp.vocab, words=WORDS, ents=tags)
    made.cats = cats
    return made


def test_entities_are_equal_by_text_and_label() -> None:
    nlp = spacy.blank("en")
    before = [doc(nlp, ["B-PER", "I-PER", "O", "B-LOC"]), doc(nlp, ["O", "O", "O", "O"])]
    after = [doc(nlp, ["B-PER", "I-PER", "O", "B-ORG"]), doc(nlp, ["B-PER", "O", "O", "O"])]
    found = agreements(nlp, before, after)
    assert set(found) == {"entities"}
    assert found["entities"] == (pytest.approx(2 * 1 / (2 + 3)), 2)


def test_the_best_category_counts_where_no_component_tells_which_are_predicted() -> None:
    nlp = spacy.blank("en")
    before = [doc(nlp, ["O"] * 4, news=0.6, sport=0.4), doc(nlp, ["O"] * 4, news=0.3, sport=0.7)]
    after = [doc(nlp, ["O"] * 4, news=0.9, sport=0.1), doc(nlp, ["O"] * 4, news=0.6, sport=0.4)]
    assert agreements(nlp, before, after) == {"best categories": (0.5, 2)}


def test_components_tell_which_categories_are_predicted(shared_trained: Language) -> None:
    before, after = ([shared_trained(text) for text in TEXTS] for _ in range(2))
    after[0].cats = {**after[0].cats, "news": 0.0}
    found = agreements(shared_trained, before, after)
    assert found["entities"] == (1.0, 5)
    shares = {what: agreement.share for what, agreement in found.items() if "categories" in what}
    assert shares == {
        "categories of bert_textcat": pytest.approx(2 / 3),
        "categories of bert_textcat_multilabel": pytest.approx(2 / 3),
    }


def test_spans_and_attributes_of_tokens() -> None:
    nlp = spacy.blank("en")
    before, after = doc(nlp, ["O"] * 4), doc(nlp, ["O"] * 4)
    for made, tags, label in ((before, ("NN", "NN", "VB", "NN"), "A"), (after, ("NN", "NN", "VB", "VB"), "B")):
        for token, tag in zip(made, tags):
            token.tag_ = tag
        made.spans["sc"] = [Span(made, 0, 1, "C"), Span(made, 0, 2, label)]
    found = agreements(nlp, [before], [after])
    assert found == {"spans sc": (0.5, 2), "tag": (0.75, 4)}
    after.spans["other"] = [Span(after, 0, 1, "C")]
    assert agreements(nlp, [before], [after])["spans other"] == (0.0, 0)


def test_nothing_is_compared_where_nothing_is_annotated() -> None:
    nlp = spacy.blank("en")
    assert agreements(nlp, [nlp.make_doc("a")], [nlp.make_doc("a")]) == {}
