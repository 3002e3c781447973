"""What holds of every component for any input. `make fuzz` tries far more of them, new ones each time."""

import json
import os
import platform
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
import spacy
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from spacy.language import Language
from spacy.tokens import Doc

from tests.annotated import DATA, make_examples
from tests.checkpoints.classifiers import TAGS, make_classifier
from tests.fuzz.wild import Input, inputs
from tests.pipeline.comparing import assert_same
from tests.pipeline.pipelines import HEADS, encoder_config, encoder_of, head_of, learn
from tests.tiny import make_checkpoint

EXAMPLES = int(os.environ.get("FUZZ_EXAMPLES", "3"))  # batches for each encoder
RESULTS = os.environ.get("FUZZ_RESULTS")
COMPONENTS = ("bert_encoder", *HEADS)
ENCODERS = [
    (kind, source) for kind in ("bert", "roberta", "modernbert", "xlm-roberta") for source in ("tokens", "text")
]


# Each categorizer has labels of its own in `doc.cats`.
LABELS = {"bert_textcat": ["news", "order", "sport"], "bert_textcat_multilabel": ["ordered", "other"]}
DATA_OF_BOTH = [
    (text, {**gold, "cats": {**gold["cats"], "ordered": is_order, "other": 1.0 - is_order}})
    for text, gold in DATA
    for is_order in [gold["cats"]["order"]]
]


class Figures:
    """How many inputs passed, by encoder."""

    def __init__(self) -> None:
        self.inputs: dict[str, int] = {}
        self.start = time.perf_counter()

    def count(self, encoder: str, n_docs: int) -> None:
        self.inputs[encoder] = self.inputs.get(encoder, 0) + n_docs

    def as_json(self) -> str:
        figures = {
            "inputs_per_component": {name: sum(self.inputs.values()) for name in COMPONENTS},
            "inputs_by_encoder": self.inputs,
            "seconds": round(time.perf_counter() - self.start),
            "python": platform.python_version(),
        }
        return json.dumps(figures, indent=2) + "\n"


@pytest.fixture(scope="module")
def figures() -> Iterator[Figures]:
    made = Figures()
    yield made
    if RESULTS:
        Path(RESULTS).write_text(made.as_json(), encoding="utf8")


@pytest.fixture(scope="module", params=ENCODERS, ids=lambda encoder: ", ".join(encoder))
def pipeline(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> tuple[str, Language]:
    """An encoder with small windows that keeps vectors, and all heads."""
    kind, source = request.param
    folder = tmp_path_factory.mktemp(kind)
    if kind == "xlm-roberta":
        make_classifier(folder, kind, "token-classification", TAGS)
    else:
        make_checkpoint(folder, kind)
    nlp = spacy.blank("en")
    config = encoder_config(str(folder), window_pieces=24, overlap_pieces=8, pieces_from=source)
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", **config})
    for head in HEADS:
        nlp.add_pipe(head)
    examples = make_examples(nlp, DATA_OF_BOTH)
    for head, labels in LABELS.items():
        nlp.config["initialize"]["components"][head] = {"labels": labels}
    nlp.initialize(lambda: examples)
    learn(nlp, examples, steps=10)
    return ", ".join(request.param), nlp


@pytest.mark.filterwarnings("ignore:.*W109")  # hooks of vectors are not in bytes
@settings(
    max_examples=EXAMPLES,
    derandomize=RESULTS is None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(wild=st.lists(inputs, min_size=4, max_size=7), batch_size=st.integers(1, 8))
def test_any_input(pipeline: tuple[str, Language], figures: Figures, wild: list[Input], batch_size: int) -> None:
    encoder, nlp = pipeline
    alone = [nlp(one.doc(nlp)) for one in wild]
    together = list(nlp.pipe([one.doc(nlp) for one in wild], batch_size=batch_size))
    assert_same(together, alone)
    for doc in alone:
        check_entities(nlp, doc)
        check_categories(doc)
        check_vectors(doc)
        check_bytes(nlp, doc)
    check_pieces(nlp, alone)
    figures.count(encoder, len(wild))


def check_entities(nlp: Language, doc: Doc) -> None:
    for span in doc.ents:
        assert not span[0].is_space and not span[-1].is_space
        assert doc.char_span(span.start_char, span.end_char) is not None
        assert span.label_ in head_of(nlp, "bert_ner").labels
        assert 0 <= span._.score <= 1


def check_categories(doc: Doc) -> None:
    has_text = bool(doc.text) and not doc.text.isspace()
    for head, labels in LABELS.items():
        scores = [doc.cats[label] for label in labels]
        assert all(0 <= score <= 1 for score in scores)
        assert any(scores) is has_text
        if head == "bert_textcat":
            assert sum(scores) == pytest.approx(float(has_text), abs=1e-5)


def check_vectors(doc: Doc) -> None:
    assert np.isfinite(doc.vector).all()
    assert doc._.bert.token_vectors.shape == (len(doc), len(doc.vector))
    assert np.isfinite(doc._.bert.token_vectors).all()


def check_bytes(nlp: Language, doc: Doc) -> None:
    loaded = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    assert loaded.text == doc.text
    assert [(str(span), span.label_, span._.score) for span in loaded.ents] == [
        (str(span), span.label_, span._.score) for span in doc.ents
    ]
    assert loaded.cats == doc.cats


def check_pieces(nlp: Language, docs: list[Doc]) -> None:
    shim = encoder_of(nlp).shim
    tokenizer, pieces = shim.checkpoint.tokenizer, shim.loaded.tokenize(docs)
    assert not set(tokenizer.all_special_ids) - {tokenizer.unk_token_id} & set(pieces.ids.tolist())
    assert len(pieces.per_token) == len(pieces.taggable) == sum(len(doc) for doc in docs)
    assert pieces.per_token.sum() == pieces.per_doc.sum() == len(pieces.ids)
