"""Texts with gold summaries, and pipelines that make such."""

from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from tests.pipeline.pipelines import encoder_config

# Which sentences the summary has.
TEXTS = {
    "Angela Merkel visited Berlin . She met Obama . The weather was bad . Obama left Berlin in the end .": [0, 3],
    "Manchester lost to Madrid . Nobody knew why . Madrid scored twice against Manchester .": [2],
    "Order two pizzas , please .": [0],
}


def with_sentences(nlp: Language, text: str) -> Doc:
    return spacy.pipeline.Sentencizer()(nlp.make_doc(text))


def make_examples(nlp: Language, key: str = "summary", *, gold_sentences: bool = False) -> list[Example]:
    """Predicted Docs have no sentences; gold ones if wished for."""
    examples = []
    for text, places in TEXTS.items():
        sentences = list(with_sentences(nlp, text).sents)
        gold = with_sentences(nlp, text) if gold_sentences else nlp.make_doc(text)
        gold.spans[key] = [gold[sentences[place].start : sentences[place].end] for place in places]
        examples.append(Example(nlp.make_doc(text), gold))
    return examples


def make_untrained(folder: str | None = None, *, initialize: bool = True, **config: Any) -> Language:
    """With an encoder if a folder is given."""
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    if folder is not None:
        nlp.add_pipe("bert_encoder", config=encoder_config(folder))
    nlp.add_pipe("bert_summarizer", config={"method": "centroid", **config})
    if folder is not None and initialize:
        nlp.initialize()
    return nlp


def make_summarizer(folder: str, *, initialize: bool = True, model: dict[str, Any] | None = None, **config) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("sentencizer")
    nlp.add_pipe("bert_encoder", config=encoder_config(folder))
    sizes = {"hidden": 16, "n_heads": 2, "dropout": 0.0, **(model or {})}
    nlp.add_pipe("bert_summarizer", config={"ratio": 0.4, "model": sizes, **config})
    if initialize:
        nlp.initialize(lambda: make_examples(nlp))
    return nlp


def chosen(doc: Doc, key: str = "summary") -> list[int]:
    """Numbers of the sentences in the summary."""
    sentences = [(span.start, span.end) for span in doc.sents]
    return [sentences.index((span.start, span.end)) for span in doc.spans[key]]
