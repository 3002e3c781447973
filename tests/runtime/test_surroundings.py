"""A pipeline computes the same, whatever the program around it has set."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import numpy as np
import pytest
import spacy
import torch
from spacy.language import Language
from thinc.api import Adam

from spacy_bert_ext.runtime.surroundings import in_own_surroundings
from tests.annotated import TEXTS, make_examples
from tests.interop.spacy_heads import make_initialized as make_with_spacys_heads
from tests.interop.treebank import treebank_examples
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import adamw, encoder_of, make_initialized


@contextmanager
def default_dtype() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


@contextmanager
def default_device() -> Iterator[None]:
    torch.set_default_device("meta")
    try:
        yield
    finally:
        torch.set_default_device(None)


@contextmanager
def no_gradients() -> Iterator[None]:
    before = torch.is_grad_enabled()
    torch.set_grad_enabled(False)
    try:
        yield
    finally:
        torch.set_grad_enabled(before)


@contextmanager
def deterministic() -> Iterator[None]:
    torch.use_deterministic_algorithms(True)
    try:
        yield
    finally:
        torch.use_deterministic_algorithms(False)


SURROUNDINGS: dict[str, Callable] = {
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "autocast to fp16": lambda: torch.autocast("cpu", dtype=torch.float16),
    "inference mode": torch.inference_mode,
    "no_grad": torch.no_grad,
    "set_grad_enabled": no_gradients,
    "default type": default_dtype,
    "default device": default_device,
    "a device": lambda: torch.device("meta"),
    "deterministic": deterministic,
    "NumPy's errors": lambda: np.errstate(all="raise"),
}
every = pytest.mark.parametrize("surroundings", SURROUNDINGS.values(), ids=SURROUNDINGS)
STEPS = 2


@pytest.fixture(params=["fp32", "bf16"])
def precision(request: pytest.FixtureRequest) -> str:
    return request.param


Trained = tuple[list[torch.Tensor], dict[str, float]]


def train(nlp: Language, make_optimizer: Callable = adamw) -> Trained:
    """All weights after some steps, and the losses."""
    torch.manual_seed(3)
    sgd, losses = make_optimizer(), {}
    for _ in range(STEPS):
        nlp.update(make_examples(nlp), sgd=sgd, losses=losses)
        nlp(TEXTS[0])  # predicts between steps, with the weights of then
    weights = [weight.data for _, pipe in nlp.pipeline for weight in pipe.shim.module.parameters()]
    return weights, {name: float(loss) for name, loss in losses.items()}


def assert_equal(found: Trained, expected: Trained) -> None:
    assert found[1] == expected[1]
    for one, other in zip(found[0], expected[0], strict=True):
        assert one.dtype == other.dtype and not one.is_inference()
        torch.testing.assert_close(one, other, rtol=0, atol=0)


@every
def test_loading_and_predicting(trained_folder: Path, surroundings: Callable, shared_trained: Language) -> None:
    expected = [annotations(doc) for doc in shared_trained.pipe(TEXTS)]
    with surroundings():
        nlp = spacy.load(trained_folder)
        assert [annotations(doc) for doc in nlp.pipe(TEXTS)] == expected
    assert [annotations(doc) for doc in nlp.pipe(TEXTS)] == expected


@every
def test_training(bert_folder: str, surroundings: Callable, precision: str) -> None:
    torch.manual_seed(1)
    expected = train(make_initialized(bert_folder, precision=precision))
    torch.manual_seed(1)
    nlp = make_initialized(bert_folder, precision=precision)
    with surroundings():
        found = train(nlp)
    assert_equal(found, expected)


@every
def test_initializing_and_training_later(bert_folder: str, surroundings: Callable, tmp_path: Path) -> None:
    torch.manual_seed(1)
    expected = train(make_initialized(bert_folder), lambda: Adam(0.001))
    torch.manual_seed(1)
    with surroundings():
        nlp = make_initialized(bert_folder)
        nlp(TEXTS[0])
        nlp.to_disk(tmp_path)
        nlp = spacy.load(tmp_path)
    assert_equal(train(nlp, lambda: Adam(0.001)), expected)


@every
def test_adding_a_label(trained: Language, surroundings: Callable) -> None:
    with surroundings():
        trained.get_pipe("bert_textcat").add_label("new")
        trained.get_pipe("bert_ner").add_label("NEW")
        encoder_of(trained).to("cpu")
    for pipe in ("bert_textcat", "bert_ner"):
        assert {weight.dtype for weight in trained.get_pipe(pipe).shim.module.parameters()} == {torch.float32}
    assert len(trained(TEXTS[0]).cats) == 4
    train(trained)


@every
def test_spacys_heads(bert_folder: str, surroundings: Callable) -> None:
    losses = []
    for around in (nullcontext, surroundings):
        torch.manual_seed(1)
        spacy.util.fix_random_seed(1)
        nlp = make_with_spacys_heads(bert_folder, ("tagger", "bert_ner"))
        with around():
            sgd = adamw()
            for _ in range(STEPS):
                found = nlp.update(treebank_examples(nlp), sgd=sgd)
        losses.append({name: float(loss) for name, loss in found.items()})
    assert losses[0] == losses[1]


def test_autocast_in_another_thread(bert_folder: str) -> None:
    torch.manual_seed(1)
    expected = train(make_initialized(bert_folder, precision="bf16"))
    torch.manual_seed(1)
    nlp, found = make_initialized(bert_folder, precision="bf16"), []
    ready, done = threading.Event(), threading.Event()

    def autocasting() -> None:
        with torch.autocast("cpu", dtype=torch.bfloat16):
            ready.set()
            done.wait()

    other = threading.Thread(target=autocasting)
    other.start()
    ready.wait()
    try:
        found = train(nlp)
    finally:
        done.set()
        other.join()
    assert_equal(found, expected)


@every
def test_what_was_set_is_back(surroundings: Callable) -> None:
    @in_own_surroundings
    def state() -> tuple:
        tensor = torch.empty(0)
        autocast = torch.is_autocast_enabled("cpu")
        return tensor.dtype, tensor.device.type, tensor.is_inference(), torch.is_grad_enabled(), autocast

    with surroundings():
        before = state.__wrapped__()
        assert state() == (torch.float32, "cpu", False, True, False)
        assert state.__wrapped__() == before
    assert state.__wrapped__() == (torch.float32, "cpu", False, True, False)
