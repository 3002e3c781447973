"""Small pipelines with random weights, not trained or trained on three texts."""

from collections.abc import Sequence
from typing import Any

import spacy
from spacy.language import Language
from spacy.training import Example

from spacy_bert_ext.pipeline.bert_encoder import BertEncoder
from spacy_bert_ext.pipeline.bert_head import BertHead
from spacy_bert_ext.training.optimizer import AdamW, create_adamw_v1
from tests.annotated import QUESTIONS, make_examples

HEADS = ("bert_ner", "bert_textcat", "bert_textcat_multilabel", "bert_spancat")
SETTINGS = {"bert_qa": {"questions": QUESTIONS}}  # without which nothing would be asked
TWO = ("bert_ner", "bert_textcat")


def encoder_config(folder: str, **settings) -> dict[str, Any]:
    """Config of a `bert_encoder` on the CPU in fp32; `settings` are those of its model."""
    model = {"name": folder, "window_pieces": 128, "overlap_pieces": 16, "precision": "fp32", "device": "cpu"}
    return {"model": {**model, **settings}}


def make_nlp(folder: str, heads: Sequence[str] = HEADS, **settings) -> Language:
    """A pipeline of an encoder and heads with their default settings, not initialized. All are asked something."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(folder, **settings))
    for head in heads:
        nlp.add_pipe(head, config=SETTINGS.get(head, {}))
    return nlp


def make_initialized(folder: str, heads: Sequence[str] = HEADS, **settings) -> Language:
    nlp = make_nlp(folder, heads, **settings)
    nlp.initialize(lambda: make_examples(nlp))
    return nlp


def adamw() -> AdamW:
    """With rates for small random weights."""
    return create_adamw_v1(encoder_learn_rate=1e-3, head_learn_rate=1e-2)


def learn(nlp: Language, examples: Sequence[Example] | None = None, *, steps: int = 40, sgd=None) -> dict[str, float]:
    """Train on the examples and give the losses of the last step."""
    examples = make_examples(nlp) if examples is None else examples
    sgd = adamw() if sgd is None else sgd
    losses: dict[str, float] = {}
    for _ in range(steps):
        losses = nlp.update(examples, sgd=sgd)
    return losses


def encoder_of(nlp: Language, name: str = "bert_encoder") -> BertEncoder:
    return nlp.get_pipe(name)


def head_of(nlp: Language, name: str) -> BertHead:
    return nlp.get_pipe(name)
