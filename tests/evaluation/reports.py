"""A pipeline that guesses, without any weights, and a report on it."""

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup
from spacy.training import Example

from spacy_bert_ext.evaluation.report import Report, evaluate
from spacy_bert_ext.pipeline.scores import define_score

LABEL = "<i>L&M</i>"
WILD = [
    "<script>alert('x')</script> & <b>Ada</b> \"lives\"\n\nin 東京 👩‍👩‍👧‍👦 \u202eRTL\t\x07 end",
    "a\u00a0b &amp; <!-- c --> ]]> Ada {{ 7 * 7 }} {label}",
    "   ",
    "x" * 3000 + " Ada " + "y " * 500,
]


@Language.component("guess_entities", assigns=["doc.ents"])
def guess_entities(doc: Doc) -> Doc:
    define_score()
    if len(doc) > 3:
        doc.ents = [Span(doc, 0, 2, label=LABEL), Span(doc, len(doc) - 2, len(doc), label="PER")]
        for span in doc.ents:
            span._.score = len(span.text) % 10 / 10
    return doc


@Language.component("guess_categories", assigns=["doc.cats"])
def guess_categories(doc: Doc) -> Doc:
    doc.cats = {"<b>": len(doc) % 2 * 0.9, "B & C": 0.7}
    return doc


@Language.component("guess_spans", assigns=["doc.spans"])
def guess_spans(doc: Doc) -> Doc:
    """Spans in spans, some on the edges of each other."""
    n_tokens = len(doc)
    spans = [Span(doc, 0, min(size, n_tokens), label=label) for size, label in ((3, LABEL), (2, "PER"), (1, "PER"))]
    doc.spans["<nested>"] = SpanGroup(doc, spans=spans, attrs={"scores": np.array([0.9, 0.5, 0.1])})
    doc.spans["candidates"] = spans
    return doc


def guessing(*components: str) -> Language:
    nlp = spacy.blank("en")
    for component in components:
        nlp.add_pipe(component)
    return nlp


def wild_examples(nlp: Language) -> list[Example]:
    """Texts of HTML, emoji, blanks and long words, with an entity, spans and categories each."""
    examples = []
    for text in WILD:
        gold = nlp.make_doc(text)
        gold.set_ents([Span(gold, 0, 1, label=LABEL)] if len(gold) > 1 else [])
        gold.spans["<nested>"] = [Span(gold, 0, 1, label="PER"), Span(gold, 0, len(gold), label=LABEL)]
        gold.cats = {"<b>": 1.0, "B & C": 0.0}
        examples.append(Example(nlp.make_doc(text), gold))
    return examples


def wild_report() -> Report:
    nlp = guessing("guess_entities", "guess_categories", "guess_spans")
    return evaluate(nlp, wild_examples(nlp))
