"""Buffers of a stream, and what happens when one fails."""

from collections.abc import Sequence

import pytest
import torch
from spacy.language import Language
from spacy.tokens import Doc

from spacy_bert_ext.pipeline.streams import buffers
from tests.annotated import TEXTS
from tests.pipeline.comparing import assert_same
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import HEADS, encoder_of
from tests.tiny import make_docs

ALL = ("bert_encoder", *HEADS)


class Bomb:
    """Makes a component fail for Docs that contain a word."""

    def __init__(self, component, word: str) -> None:
        self._predict = component.predict
        self.word = word
        component.predict = self

    def __call__(self, docs: Sequence[Doc]):
        if any(self.word in doc.text for doc in docs):
            raise RuntimeError("boom")
        return self._predict(docs)


@pytest.mark.parametrize("name", ALL)
def test_one_bad_doc_does_not_lose_its_batch(trained: Language, name: str) -> None:
    expected = {text: doc for text, doc in zip(TEXTS, trained.pipe(TEXTS))}
    Bomb(trained.get_pipe(name), "bomb")
    failed = []
    trained.set_error_handler(lambda pipe, _, docs, error: failed.append((pipe, [doc.text for doc in docs], error)))
    docs = list(trained.pipe([*TEXTS, "a bomb", *TEXTS], batch_size=100))
    assert [doc.text for doc in docs] == TEXTS * 2
    assert_same(docs, [expected[doc.text] for doc in docs])
    assert [(pipe, texts) for pipe, texts, _ in failed] == [(name, ["a bomb"])]
    assert str(failed[0][2]) == "boom"


@pytest.mark.parametrize("name", ALL)
def test_errors_are_raised_by_default(trained: Language, name: str) -> None:
    Bomb(trained.get_pipe(name), "bomb")
    with pytest.raises(RuntimeError, match="boom"):
        list(trained.pipe([*TEXTS, "a bomb"]))
    with pytest.raises(RuntimeError, match="boom"):
        trained("a bomb")


def test_a_buffer_that_fails_only_as_a_whole_is_annotated_one_by_one(trained: Language) -> None:
    encoder = encoder_of(trained)
    predict = encoder.predict

    def short_of_memory(docs: Sequence[Doc]):
        if len(docs) > 1:
            raise torch.OutOfMemoryError("too much")
        return predict(docs)

    expected = list(trained.pipe(TEXTS))
    encoder.predict = short_of_memory
    assert_same(list(trained.pipe(TEXTS)), expected)


@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [([1] * 5, [2, 2, 1]), ([3, 3, 3], [1, 1, 1]), ([9, 1, 1], [1, 2]), ([1, 9, 1], [1, 1, 1]), ([], [])],
)
def test_buffers_are_bounded_in_docs_and_tokens(
    lengths: list[int], sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spacy_bert_ext.pipeline.streams.MAX_BUFFER_TOKENS", 5)
    docs = make_docs(*(" ".join(["x"] * length) for length in lengths))
    found = list(buffers(docs, 2))
    assert [len(buffer) for buffer in found] == sizes
    assert [doc for buffer in found for doc in buffer] == docs


def test_the_first_docs_of_a_stream_come_before_the_next_are_read(shared_trained: Language) -> None:
    n_read = 0

    def stream():
        nonlocal n_read
        for text in TEXTS * 10:
            n_read += 1
            yield text

    annotated = shared_trained.pipe(stream(), batch_size=4)
    next(annotated)
    assert n_read == 4


def test_streams_of_other_batch_sizes_are_encoded_once(shared_trained: Language) -> None:
    docs = [shared_trained.make_doc(text) for text in TEXTS * 4]
    stream = docs
    sizes = {"bert_encoder": 5, "bert_ner": 3, "bert_textcat": 12, "bert_textcat_multilabel": 1}
    with counted_passes() as passes:
        for name, component in shared_trained.pipeline:
            stream = component.pipe(stream, batch_size=sizes[name])
        annotated = list(stream)
        assert passes.n == 3
    assert_same(annotated, [shared_trained(text) for text in TEXTS * 4])
