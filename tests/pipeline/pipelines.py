"""Small pipelines, three annotated texts that they learn by heart, and ways to compare what they predict."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.encoder import model as encoder_model
from spacy_bert_ext.encoder.plan import plan_docs
from spacy_bert_ext.pipeline.bert_encoder import BertEncoder
from spacy_bert_ext.pipeline.bert_head import BertHead
from spacy_bert_ext.training.optimizer import AdamW, create_adamw_v1

HEADS = ("bert_ner", "bert_textcat", "bert_textcat_multilabel")
TWO = ("bert_ner", "bert_textcat")

DATA = [
    (
        "Angela Merkel visited Barack Obama in Washington .",
        {
            "entities": [(0, 13, "PERSON"), (22, 34, "PERSON"), (38, 48, "GPE")],
            "cats": {"news": 1.0, "sport": 0.0, "order": 0.0},
        },
    ),
    (
        "Manchester United lost 3 - 1 against Real Madrid",
        {"entities": [(0, 17, "ORG"), (37, 48, "ORG")], "cats": {"news": 0.0, "sport": 1.0, "order": 0.0}},
    ),
    ("order two pizzas with cheese , please", {"entities": [], "cats": {"news": 0.0, "sport": 0.0, "order": 1.0}}),
]
TEXTS = [text for text, _ in DATA]
ENTITIES = [
    [("Angela Merkel", "PERSON"), ("Barack Obama", "PERSON"), ("Washington", "GPE")],
    [("Manchester United", "ORG"), ("Real Madrid", "ORG")],
    [],
]
BEST = ["news", "sport", "order"]


def encoder_config(folder: str, **settings) -> dict[str, Any]:
    """Config of a `bert_encoder` on the CPU in fp32; `settings` are those of its model."""
    model = {"name": folder, "window_pieces": 128, "overlap_pieces": 16, "precision": "fp32", "device": "cpu"}
    return {"model": {**model, **settings}}


def make_nlp(folder: str, heads: Sequence[str] = HEADS, **settings) -> Language:
    """A pipeline of an encoder and heads with their default settings, not initialized."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config=encoder_config(folder, **settings))
    for head in heads:
        nlp.add_pipe(head)
    return nlp


def make_examples(nlp: Language, data: Sequence[tuple[str, dict]] = DATA) -> list[Example]:
    return [Example.from_dict(nlp.make_doc(text), annotation) for text, annotation in data]


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


def entities(doc: Doc) -> list[tuple[str, str]]:
    return [(span.text, span.label_) for span in doc.ents]


def annotations(doc: Doc) -> dict[str, Any]:
    """What the heads have set, numbers rounded to what fp32 gives in batches of any shape."""
    return {
        "ents": [(span.start, span.end, span.label_) for span in doc.ents],
        "iob": [token.ent_iob_ for token in doc],
        "scores": [round(span._.score, 3) for span in doc.ents],
        "cats": {label: round(score, 3) for label, score in doc.cats.items()},
    }


def assert_same(found: Sequence[Doc], expected: Sequence[Doc], tolerance: float = 1e-4) -> None:
    """Docs have the same entities, and scores that differ by rounding only."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected):
        assert one.text == other.text
        assert [token.ent_iob_ for token in one] == [token.ent_iob_ for token in other]
        assert [token.ent_type_ for token in one] == [token.ent_type_ for token in other]
        scores = [(a._.score, b._.score) for a, b in zip(one.ents, other.ents)]
        assert all(abs(a - b) < tolerance for a, b in scores)
        assert one.cats.keys() == other.cats.keys()
        assert all(abs(score - other.cats[label]) < tolerance for label, score in one.cats.items())


def weights_of(module: torch.nn.Module) -> dict[str, torch.Tensor]:
    return {name: weight.detach().clone() for name, weight in module.named_parameters()}


def changed(before: dict[str, torch.Tensor], module: torch.nn.Module) -> bool:
    return any(not torch.equal(before[name], weight) for name, weight in module.named_parameters())


class Counter:
    """How often something was called."""

    n = 0

    def __call__(self, *args: Any) -> None:
        self.n += 1


@contextmanager
def counted_passes() -> Iterator[Counter]:
    """Count how often Docs go through an encoder, in training and in prediction; one pass may take several batches."""
    counter = Counter()

    def counted_plan(*args):
        counter()
        return plan_docs(*args)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(encoder_model, "plan_docs", counted_plan)
        yield counter


def raises_code(code: str, error: type[Exception] = ValueError, *, match: str = "") -> Any:
    """`pytest.raises` for a coded error whose message holds `match`."""
    return pytest.raises(error, match=rf"(?s)\[{code}\].*{match}")
