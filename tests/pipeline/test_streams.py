"""Buffers of a stream, and what happens when one fails."""

from collections.abc import Callable, Iterator, Sequence

import pytest
from spacy.language import Language

from spacy_bert_ext.encoder import model as encoder_model
from spacy_bert_ext.pipeline.streams import BUFFER_PIECES, buffers, estimated_pieces
from tests.annotated import TEXTS
from tests.pipeline.comparing import assert_same
from tests.pipeline.passes import counted_passes
from tests.pipeline.pipelines import HEADS, encoder_of
from tests.tiny import make_docs

ALL = ("bert_encoder", *HEADS)
Bomb = Callable[[Language, str], None]


@pytest.fixture
def bomb(monkeypatch: pytest.MonkeyPatch) -> Bomb:
    """Makes a component fail for Docs that contain a word."""

    def put(nlp: Language, name: str) -> None:
        component = nlp.get_pipe(name)
        place, function = (encoder_model, "plan_texts") if name == "bert_encoder" else (component, "predict")
        called = getattr(place, function)

        def fail(*args):
            if any("bomb" in doc.text for doc in args[-1]):
                raise RuntimeError("boom")
            return called(*args)

        monkeypatch.setattr(place, function, fail)

    return put


@pytest.mark.parametrize("name", ALL)
def test_one_bad_doc_does_not_lose_its_batch(trained: Language, name: str, bomb: Bomb) -> None:
    expected = {text: doc for text, doc in zip(TEXTS, trained.pipe(TEXTS))}
    bomb(trained, name)
    failed = []
    trained.set_error_handler(lambda pipe, _, docs, error: failed.append((pipe, [doc.text for doc in docs], error)))
    docs = list(trained.pipe([*TEXTS, "a bomb", *TEXTS], batch_size=100))
    assert [doc.text for doc in docs] == TEXTS * 2
    assert_same(docs, [expected[doc.text] for doc in docs])
    assert [(pipe, texts) for pipe, texts, _ in failed] == [(name, ["a bomb"])]
    assert str(failed[0][2]) == "boom"


@pytest.mark.parametrize("name", ALL)
def test_errors_are_raised_by_default(trained: Language, name: str, bomb: Bomb) -> None:
    bomb(trained, name)
    with pytest.raises(RuntimeError, match="boom"):
        list(trained.pipe([*TEXTS, "a bomb"]))
    with pytest.raises(RuntimeError, match="boom"):
        trained("a bomb")


@pytest.mark.parametrize("where", ["plan_texts", "predict"])
def test_a_buffer_that_fails_only_as_a_whole_is_annotated_one_by_one(
    trained: Language, where: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = list(trained.pipe(TEXTS))
    called = getattr(encoder_model, where)

    def fail_with_many(*args, **kwargs):
        made = called(*args, **kwargs)
        if len(made.pieces.per_doc) > 1:
            raise RuntimeError("too much")
        return made

    monkeypatch.setattr(encoder_model, where, fail_with_many)
    assert_same(list(trained.pipe(TEXTS)), expected)


def test_estimated_pieces_of_docs() -> None:
    docs = make_docs("", "x", "x x x", " ".join(["x"] * 10))
    assert [estimated_pieces(doc) for doc in docs] == [2, 3, 6, 15]


# Docs of 1, 3 and 9 tokens are estimated at 3, 6 and 14 pieces; 9 pieces close a buffer.
@pytest.mark.parametrize(
    ("lengths", "sizes"),
    [
        ([1] * 5, [2, 2, 1]),
        ([1] * 6, [2, 2, 2]),
        ([3, 3, 3], [2, 1]),
        ([9, 1, 1], [1, 2]),
        ([1, 9, 1], [1, 1, 1]),
        ([0] * 5, [2, 2, 1]),
        ([], []),
    ],
)
def test_buffers_are_bounded_in_docs_and_pieces(
    lengths: list[int], sizes: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BUFFER_PIECES, "cpu", 9)
    docs = make_docs(*(" ".join(["x"] * length) for length in lengths))
    found = list(buffers(docs, 2))
    assert [len(buffer) for buffer in found] == sizes
    assert [doc for buffer in found for doc in buffer] == docs


def test_a_full_buffer_does_not_wait_for_another_doc(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(BUFFER_PIECES, "cpu", 9)
    stream = iter(make_docs("x", "x x x", "x"))
    assert len(next(buffers(stream, 1000))) == 2  # 3 + 6 pieces
    assert len(list(stream)) == 1


def reading(texts: Sequence[str], read: list[str]) -> Iterator[str]:
    for text in texts:
        read.append(text)
        yield text


def test_the_first_doc_comes_when_one_buffer_is_read(shared_trained: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the default `batch_size`, and through all heads."""
    texts = ["x x x"] * 100  # 6 pieces each
    monkeypatch.setitem(BUFFER_PIECES, "cpu", 30)
    read: list[str] = []
    annotated = shared_trained.pipe(reading(texts, read))
    n_read = []
    for n_done, _ in enumerate(annotated):
        n_read.append(len(read) - n_done)
    assert n_read[0] == 5
    assert n_read[5] == 15 - 5  # then two more are read for each that comes out
    assert len(n_read) == 100


@pytest.mark.parametrize("batch_size", [1, 2, 7, 12])
def test_no_more_texts_are_read_ahead_than_the_batch_size(
    shared_trained: Language, batch_size: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BUFFER_PIECES, "cpu", 30)
    read: list[str] = []
    stream = shared_trained.get_pipe("bert_encoder").pipe(
        map(shared_trained.make_doc, reading(["x x x"] * 60, read)), batch_size=batch_size
    )
    assert max(len(read) - n_done for n_done, _ in enumerate(stream)) <= batch_size


@pytest.mark.parametrize("batch_size", [1, 3, 8, 1000])
@pytest.mark.parametrize("keep", ["none", "tokens"])
def test_annotations_are_the_same_for_any_batch_size(
    trained: Language, batch_size: int, keep: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Batches that span buffers, Docs of all lengths, Docs without pieces."""
    monkeypatch.setitem(BUFFER_PIECES, "cpu", 60)
    encoder = encoder_of(trained)
    encoder.keep = keep
    texts = [" ".join((TEXTS * 9)[: 1 + i % 7]) for i in range(30)] + ["", "  ", *TEXTS]
    alone = [trained(text) for text in texts]
    with counted_passes() as passes:
        docs = list(trained.pipe(texts, batch_size=batch_size))
        assert passes.n < len(texts) or batch_size == 1
    assert_same(docs, alone)
    if keep == "tokens":
        assert all((doc.vector == other.vector).all() for doc, other in zip(docs, alone))


def test_a_mixed_stream_is_encoded_once(shared_trained: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """Components cut alike, whatever comes: each buffer is planned once, and heads make no vectors."""
    monkeypatch.setitem(BUFFER_PIECES, "cpu", 40)
    texts = ["x" * (1 + i % 3) + " x" * (i * 7 % 31) for i in range(60)]
    sizes = [len(docs) for docs in buffers([shared_trained.make_doc(text) for text in texts], 9)]
    with counted_passes() as passes:
        assert len(list(shared_trained.pipe(texts, batch_size=9))) == 60
    assert passes.n == len(sizes)


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
    sizes = {"bert_encoder": 5, "bert_ner": 3, "bert_textcat": 12, "bert_textcat_multilabel": 1, "bert_spancat": 4}
    with counted_passes() as passes:
        for name, component in shared_trained.pipeline:
            stream = component.pipe(stream, batch_size=sizes[name])
        annotated = list(stream)
        assert passes.n == 3
    assert_same(annotated, [shared_trained(text) for text in TEXTS * 4])
