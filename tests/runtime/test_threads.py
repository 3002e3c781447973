"""The setting `threads`: what it means, and that it holds in our calls alone."""

import multiprocessing
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import spacy
import torch
from spacy.language import Language

from spacy_bert_ext.encoder.backends.torch_backend import TorchPredictor
from spacy_bert_ext.heads.text_classifier import TextClassifier
from spacy_bert_ext.pipeline.bert_ner import BertNER
from spacy_bert_ext.runtime import threads
from spacy_bert_ext.runtime.surroundings import in_own_surroundings
from spacy_bert_ext.runtime.threads import number_of_threads, threads_set
from tests.annotated import TEXTS, make_examples
from tests.coded import raises_code
from tests.pipeline.comparing import annotations
from tests.pipeline.pipelines import learn


@pytest.fixture(autouse=True)
def torch_has_2() -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def have_cores(monkeypatch: pytest.MonkeyPatch, n_cores: int) -> None:
    monkeypatch.setattr(threads, "_cores", lambda: n_cores)


@pytest.mark.parametrize("found", [0, -1, 1.5, "two", None, True, "2"])
def test_other_settings_are_refused(found: object) -> None:
    with pytest.raises(ValueError, match=r'B0(77|12).*threads.*"auto", or a whole number of 1 or more'):
        threads.check_threads(found)


def test_a_config_with_another_setting_is_refused(bert_folder: str) -> None:
    config = {"model": {"@architectures": "spacy-bert-ext.BertEncoder.v1", "name": bert_folder, "threads": 0}}
    with raises_code("B012", match="threads"):
        spacy.blank("en").add_pipe("bert_encoder", config=config)


@pytest.mark.parametrize(("n_cores", "expected"), [(1, 1), (2, 2), (64, 2)])
def test_auto_is_what_torch_was_told_but_no_more_than_cores(
    monkeypatch: pytest.MonkeyPatch, n_cores: int, expected: int
) -> None:
    have_cores(monkeypatch, n_cores)
    assert number_of_threads("auto") == number_of_threads(None) == expected
    assert number_of_threads(3) == 3
    torch.set_num_threads(1)
    assert number_of_threads("auto") == 1


def test_auto_is_1_in_processes_of_multiprocessing(monkeypatch: pytest.MonkeyPatch) -> None:
    threads._cores.cache_clear()
    monkeypatch.setattr(multiprocessing, "parent_process", lambda: object())
    try:
        assert number_of_threads("auto") == 1
        assert number_of_threads(2) == 2
    finally:
        threads._cores.cache_clear()


def test_a_fork_has_1_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(threads, "is_forked", lambda: True)
    assert number_of_threads("auto") == number_of_threads(4) == 1


def test_torchs_own_number_is_back() -> None:
    with threads_set(1):
        assert torch.get_num_threads() == 1
        with threads_set(3):
            assert torch.get_num_threads() == 3
        assert torch.get_num_threads() == 1
    assert torch.get_num_threads() == 2
    with pytest.raises(KeyError), threads_set(1):
        raise KeyError
    assert torch.get_num_threads() == 2


def test_methods_compute_with_the_threads_of_their_object() -> None:
    class Component:
        threads = 3

        @in_own_surroundings
        def found(self) -> int:
            return torch.get_num_threads()

    assert Component().found() == 3
    assert torch.get_num_threads() == 2


class Seen:
    """Numbers of threads that encoder and heads have computed with."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.numbers: dict[str, set[int]] = {}
        for kind, method in (
            (TorchPredictor, "__call__"),
            (TextClassifier, "scores"),
            (BertNER, "entities"),
            (BertNER, "get_loss"),
        ):
            self._watch(monkeypatch, kind, method)

    def _watch(self, monkeypatch: pytest.MonkeyPatch, kind: type, method: str) -> None:
        original, name = getattr(kind, method), f"{kind.__name__}.{method}"

        def watched(*args, **kwargs):
            self.numbers.setdefault(name, set()).add(torch.get_num_threads())
            return original(*args, **kwargs)

        monkeypatch.setattr(kind, method, watched)


@pytest.fixture
def with_threads_1(trained_folder: Path) -> Language:
    return spacy.load(trained_folder, config={"components.bert_encoder.model.threads": 1})


def test_encoder_and_heads_compute_with_the_setting(with_threads_1: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    seen = Seen(monkeypatch)
    list(with_threads_1.pipe(TEXTS))
    backward: set[int] = set()
    for weight in with_threads_1.get_pipe("bert_encoder").shim.module.parameters():
        if weight.requires_grad:
            weight.register_hook(lambda gradient: backward.add(torch.get_num_threads()))
    learn(with_threads_1, make_examples(with_threads_1), steps=1)
    methods = ("TorchPredictor.__call__", "TextClassifier.scores", "BertNER.entities", "BertNER.get_loss")
    assert seen.numbers == {method: {1} for method in methods}
    assert backward == {1}
    assert torch.get_num_threads() == 2


def test_in_several_python_threads(with_threads_1: Language) -> None:
    expected = [annotations(doc) for doc in with_threads_1.pipe(TEXTS)]
    found: list[tuple[int, list]] = []

    def work() -> None:
        torch.set_num_threads(2)
        docs = [annotations(doc) for doc in with_threads_1.pipe(TEXTS)]
        found.append((torch.get_num_threads(), docs))

    workers = [threading.Thread(target=work) for _ in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    assert found == [(2, expected)] * 3
    assert torch.get_num_threads() == 2


FORKED = """
import os, sys, warnings
warnings.simplefilter("ignore")
import spacy, torch
from tests.annotated import TEXTS
torch.set_num_threads(2)
nlp = spacy.load(sys.argv[1], config={"components.bert_encoder.model.threads": 2})
list(nlp.pipe(TEXTS * 20))
assert len(list(nlp.pipe(TEXTS * 20, n_process=2, batch_size=20))) == 20 * len(TEXTS)
print("done", torch.get_num_threads())
"""


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
def test_processes_of_a_pipeline_with_threads_never_wait_for_them(trained_folder: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "2", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", FORKED, str(trained_folder)]
    done = subprocess.run(command, check=False, env=environment, timeout=120, capture_output=True, text=True)
    assert done.stdout.strip() == "done 2", done.stderr
