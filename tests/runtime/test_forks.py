"""Processes that are forked from one that has computed, on several threads."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import pytest
import torch

from spacy_bert_ext.runtime.forks import Lock, check_not_forked_on_gpu

needs_forks = pytest.mark.skipif(not hasattr(os, "fork"), reason="needs os.fork")
LIMIT_SECONDS = 120  # a fork that waits for threads that it does not have waits for ever

# Matrices and many texts start the threads of OpenMP and of tokenizers.
TRAINS_IN_FORK = """
import os, sys, warnings
warnings.simplefilter("ignore")
import spacy, torch
from tests.annotated import TEXTS, make_examples
from tests.pipeline.pipelines import learn

torch.set_num_threads(4)
nlp = spacy.load(sys.argv[1])
torch.rand(500, 500) @ torch.rand(500, 500)
torch.rand(1_000_000).exp()
list(nlp.pipe(TEXTS * 20))
learn(nlp, make_examples(nlp) * 10, steps=1)
process = os.fork()
if process == 0:
    loaded = spacy.load(sys.argv[1])
    torch.rand(500, 500) @ torch.rand(500, 500)
    for pipeline in (nlp, loaded):
        learn(pipeline, make_examples(pipeline) * 10, steps=2)
        list(pipeline.pipe(TEXTS * 20))
    os._exit(0)
print("exit", os.waitpid(process, 0)[1])
"""


@needs_forks
def test_a_fork_trains(trained_folder: Path) -> None:
    environment = {**os.environ, "OMP_NUM_THREADS": "4", "PYTHONPATH": str(Path(__file__).parents[2])}
    command = [sys.executable, "-c", TRAINS_IN_FORK, str(trained_folder)]
    done = subprocess.run(command, check=False, env=environment, timeout=LIMIT_SECONDS, capture_output=True, text=True)
    assert "exit 0" in done.stdout, done.stderr


@needs_forks
def test_a_lock_that_another_thread_holds_is_free_in_a_fork() -> None:
    lock, held, over = Lock(), threading.Event(), threading.Event()

    def hold() -> None:
        with lock:
            held.set()
            over.wait()

    thread = threading.Thread(target=hold)
    thread.start()
    held.wait()
    process = os.fork()
    if process == 0:
        is_free = lock._lock.acquire(timeout=1)
        os._exit(0 if is_free else 1)
    over.set()
    thread.join()
    assert os.waitpid(process, 0)[1] == 0


def test_weights_on_a_gpu_that_a_fork_inherited_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    check_not_forked_on_gpu(torch.device("cpu"))
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    check_not_forked_on_gpu(torch.device("cuda:0"))
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: False)
    with pytest.raises(RuntimeError, match=r"(?s)B112.*cuda:0.*n_process=1"):
        check_not_forked_on_gpu(torch.device("cuda:0"))
