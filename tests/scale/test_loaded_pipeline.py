"""Lists of texts are annotated as `nlp.pipe` does, and each that fails costs itself."""

import threading
from collections.abc import Iterator

import pytest
import spacy
import torch
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.scale.columns import COLUMNS
from spacy_bert_ext.scale.loaded_pipeline import Input, LoadedPipeline
from spacy_bert_ext.scale.texts import Checked
from tests.annotated import TEXTS
from tests.coded import raises_code

FILLED = ("ents", "cats")


@Language.factory("fails_at")
class FailsAt:
    def __init__(self, nlp: Language, name: str) -> None:
        self.error: Exception = ValueError("it has\na 7")

    def __call__(self, doc: Doc) -> Doc:
        if "7" in doc.text:
            raise self.error
        return doc


@pytest.fixture
def failing() -> Iterator[Language]:
    nlp = spacy.blank("en")
    nlp.add_pipe("fails_at")
    yield nlp


def labels(marks: list[dict]) -> list[tuple]:
    return [(mark["start"], mark["end"], mark["label"]) for mark in marks]


def inputs(*texts: str) -> list[Input]:
    return [Input(Checked(text)) for text in texts]


def test_annotations_are_those_of_pipe(shared_trained: Language, trained: Language) -> None:
    texts = TEXTS * 5 + ["", "  "]
    expected = [tuple(COLUMNS[name].value(doc) for name in FILLED) for doc in shared_trained.pipe(texts)]
    loaded = LoadedPipeline(trained)
    found = loaded.annotate(inputs(*texts), FILLED, None)
    assert [one.values for one in found] == expected and {one.fault for one in found} == {None}
    for batch_size in (1, 4):  # the last digits of scores may be others
        found = loaded.annotate(inputs(*texts), FILLED, batch_size)
        assert [labels(one.values[0]) for one in found] == [labels(ents) for ents, _ in expected]


def test_a_text_that_fails_costs_itself(failing: Language) -> None:
    found = LoadedPipeline(failing).annotate(inputs("a", "7", "b 7", "c"), ("ents",), None)
    assert [one.values for one in found] == [([],), None, None, ([],)]
    assert found[1].fault == found[2].fault == "fails_at: ValueError: it has a 7"


def test_a_text_that_the_tokenizer_refuses_costs_itself(failing: Language) -> None:
    tokenizer = failing.tokenizer

    def refuse(text: str) -> Doc:
        if text == "no":
            raise RuntimeError
        return tokenizer(text)

    failing.tokenizer = refuse
    found = LoadedPipeline(failing).annotate(inputs("a", "no"), ("ents",), None)
    assert [one.fault for one in found] == [None, "tokenizer: RuntimeError"]


def test_what_was_no_text_is_not_annotated(failing: Language) -> None:
    given = [Input(Checked("", "no text")), *inputs("a")]
    found = LoadedPipeline(failing).annotate(given, ("ents",), None)
    assert [tuple(one) for one in found] == [(None, "no text"), (([],), None)]


def test_tokens_and_what_heads_read_are_given(failing: Language) -> None:
    given = Input(Checked("New York"), {"pair": "a"}, ("New York",), (False,))
    (found,) = LoadedPipeline(failing).annotate([given], ("doc",), None)
    doc = Doc(failing.vocab).from_bytes(found.values[0])
    assert len(doc) == 1 and doc.user_data["._.", "pair", None, None] == "a"


def test_a_component_that_loses_texts_is_told() -> None:
    nlp = spacy.blank("en")

    @Language.component("loses")
    def loses(doc: Doc) -> Doc:
        return doc

    nlp.add_pipe("loses")
    nlp.pipe = lambda docs, **_: (pair for pair in docs if pair[1][1])
    assert [one.fault for one in LoadedPipeline(nlp).annotate(inputs("a", "b"), (), None)] == [
        "the pipeline has lost the text",
        None,
    ]


def test_out_of_memory_is_no_fault_of_the_text(failing: Language) -> None:
    failing.get_pipe("fails_at").error = torch.OutOfMemoryError("CUDA out of memory")
    with pytest.raises(torch.OutOfMemoryError):
        LoadedPipeline(failing).annotate(inputs("a", "7"), ("ents",), None)


def test_a_pipeline_that_fails_at_all_texts_is_told(failing: Language) -> None:
    with raises_code("B522", match="first 20 texts: fails_at: ValueError: it has a 7"):
        LoadedPipeline(failing).annotate(inputs(*["7"] * 20), ("ents",), None)
    loaded = LoadedPipeline(failing)
    loaded.annotate(inputs("a"), ("ents",), None)
    assert len(loaded.annotate(inputs(*["7"] * 20), ("ents",), None)) == 20


def test_threads_share_a_pipeline(trained: Language) -> None:
    loaded = LoadedPipeline(trained)
    alone = loaded.annotate(inputs(*TEXTS), FILLED, None)
    found: list = [None] * 4

    def annotate(place: int) -> None:
        found[place] = [loaded.annotate(inputs(*TEXTS), FILLED, None) for _ in range(3)]

    threads = [threading.Thread(target=annotate, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [[alone] * 3] * 4
