"""spaCy's own heads on an encoder, four sentences that they learn by heart, and what they set."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from tests.interop.treebank import make_treebank, treebank_examples
from tests.pipeline.gradients import switch_off_dropout
from tests.pipeline.pipelines import encoder_config

# spaCy's heads, what they need to learn four sentences, and which score tells
SPACY_HEADS: dict[str, tuple[dict[str, Any], str]] = {
    "tagger": ({}, "tag_acc"),
    "morphologizer": ({}, "morph_acc"),
    "parser": ({"min_action_freq": 1}, "dep_las"),
    "ner": ({}, "ents_f"),
    "spancat": (
        {"suggester": {"@misc": "spacy.ngram_suggester.v1", "sizes": [1, 2]}, "spans_key": "sc"},
        "spans_sc_f",
    ),
    "textcat": ({}, "cats_score"),
    "trainable_lemmatizer": ({"min_tree_freq": 1}, "lemma_acc"),
}


OUR_LISTENER = {"@architectures": "spacy-bert-ext.Tok2VecListener.v1"}
TRANSFORMER_LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "grad_factor": 1.0,
    "pooling": {"@layers": "reduce_mean.v1"},
}


def on(listener: dict[str, Any], head: str) -> dict[str, Any]:
    """Config of one of spaCy's heads with this `tok2vec`."""
    model = dict(Language.get_factory_meta(head).default_config["model"])
    return {**SPACY_HEADS[head][0], "model": {**model, "tok2vec": listener}}


def make_initialized(
    folder: str, heads: Sequence[str], *, listener: dict[str, Any] = OUR_LISTENER, **settings: Any
) -> Language:
    """An encoder with these settings, without dropout, and heads: spaCy's with this listener, ours as by default."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(folder, **settings))
    for head in heads:
        nlp.add_pipe(head, config={} if head.startswith("bert_") else on(listener, head))
    nlp.initialize(lambda: treebank_examples(nlp))
    switch_off_dropout(nlp)
    return nlp


def make_with_tagger(folder: str, heads: Sequence[str] = ("tagger",), **settings: Any) -> Language:
    """The same, with random weights in the tagger: new ones are zeros, which no gradient passes."""
    nlp = make_initialized(folder, heads, **settings)
    softmax = nlp.get_pipe("tagger").model.get_ref("softmax")
    softmax.set_param("W", np.random.default_rng(0).normal(size=softmax.get_param("W").shape).astype("f"))
    return nlp


def annotations(doc: Doc) -> list[Any]:
    """Everything that heads set, scores left out."""
    tokens = [(t.tag_, str(t.morph), t.pos_, t.lemma_, t.head.i, t.dep_, t.ent_iob_, t.ent_type_) for t in doc]
    spans = [(span.start, span.end, span.label_) for span in doc.spans.get("sc", [])]
    return [tokens, spans, {label: round(float(score), 3) for label, score in doc.cats.items()}]


def annotated(nlp: Language) -> list[Any]:
    return [annotations(doc) for doc in nlp.pipe([doc.text for doc in make_treebank()])]


def spacy_weights(component: Any) -> list[np.ndarray]:
    nodes = component.model.walk()
    return [node.get_param(name).copy() for node in nodes for name in node.param_names if node.has_param(name)]


def learned(before: list[np.ndarray], component: Any) -> bool:
    return any(not np.array_equal(a, b) for a, b in zip(before, spacy_weights(component)))
