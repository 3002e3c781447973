"""Prediction and training beside busy processes, with each contender in a process of its own.

Contenders take turns, A B C A B C ...: only times of the same round are compared. Heads are untrained, texts are random
words: it is time alone that is measured.
"""

import json
import os
import random
import statistics
import subprocess
import sys
import time
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import torch
import typer
from errors import require
from measure import median_ratio, save
from options import OURS, SPACY_TRANSFORMERS
from tasks import HERE, Task

ENCODER = HERE.parent / "project" / "encoders" / "all-MiniLM-L6-v2"
HAND_SET = (f"{OURS}, 1 thread", f"{OURS}, 2 threads that spin")
BARE = "PyTorch + transformers"
CONTENDERS = (OURS, *HAND_SET, SPACY_TRANSFORMERS, BARE)
SPINS = "300000"  # libgomp's default. Where the environment says how threads wait, ours leaves it alone
LOOP = "while True: pass"
TRAINING = """
import torch
layers = [torch.nn.Linear(384, 384) for _ in range(6)]
model = torch.nn.Sequential(*layers)
optimizer, X = torch.optim.AdamW(model.parameters()), torch.randn(1024, 384)
while True:
    model(X).square().mean().backward()
    optimizer.step()
    optimizer.zero_grad()
"""
CONDITIONS = {
    "nothing": [],
    "1 loop": [LOOP],
    "2 loops": [LOOP] * 2,
    "1 training": [TRAINING],
    "2 trainings": [TRAINING] * 2,
}
WORK = ("predict", "train")
N_TEXTS, N_PREDICTED, N_TRAINED, STEPS = 1000, 128, 32, 2
WARM_SECONDS = 1.5  # in which ours notices that it is not alone


def main(
    rounds: int = typer.Option(5, help="Measured rounds in each condition, at most"),
    seconds: float = typer.Option(50, help="After which a condition has no further round"),
    condition: list[str] = typer.Option(None, help="Such as `1 loop`; default: all"),
    worker: str = typer.Option(None, help="Not for you: be this contender"),
) -> None:
    """Measure times beside busy processes."""
    require(ENCODER / "config.json", "make bench-data")
    if worker is not None:
        serve(worker)
        return
    unknown = [name for name in condition or () if name not in CONDITIONS]
    if unknown:
        sys.exit(f"No condition {', '.join(unknown)}: there are {', '.join(CONDITIONS)}")
    figures: dict[str, dict] = {}
    with contenders() as running:
        for name in condition or CONDITIONS:
            with busy(CONDITIONS[name]):
                figures[name] = measure(running, rounds, seconds)
            print(f"\nBeside {name}\n\n{table(figures[name])}", flush=True)
    path = save("busy", {"conditions": figures})
    print(f"\nFigures: {path}")


def measure(running: dict[str, subprocess.Popen], rounds: int, seconds: float) -> dict[str, dict]:
    times: dict[str, dict[str, list[float]]] = {work: {name: [] for name in running} for work in WORK}
    begin = time.perf_counter()
    while time.perf_counter() - begin < WARM_SECONDS:
        for work in WORK:
            ask(running[OURS], work)
    begin = time.perf_counter()
    for i in range(rounds):
        if i > 1 and time.perf_counter() - begin > seconds:
            break
        for work in WORK:
            for name, process in running.items():
                times[work][name].append(ask(process, work))
    return {work: summarize(times[work]) for work in WORK}


def summarize(times: dict[str, list[float]]) -> dict:
    """Medians; ours over the better of the numbers of threads that are set by hand, and the others over ours."""
    best = min(HAND_SET, key=lambda name: statistics.median(times[name]))
    return {
        "best_hand_set": best,
        "ours_over_best_hand_set": median_ratio(times[OURS], times[best]),
        "contenders": {
            name: {
                "median_s": round(statistics.median(found), 4),
                "time_over_ours": median_ratio(found, times[OURS]),
                "seconds": [round(t, 4) for t in found],
            }
            for name, found in times.items()
        },
    }


def table(figures: dict[str, dict]) -> str:
    """Markdown: seconds of a round, and how many times as long as ours."""
    rows = ["| | prediction, s | time / ours | training, s | time / ours |", "| --- | ---: | ---: | ---: | ---: |"]
    for name in CONTENDERS:
        found = [figures[work]["contenders"][name] for work in WORK]
        cells = (f"{one['median_s']:.3f} | {one['time_over_ours']:.2f}" for one in found)
        rows.append(f"| {name} | {' | '.join(cells)} |")
    over = [f"{figures[work]['ours_over_best_hand_set']:.2f}" for work in WORK]
    return "\n".join([*rows, f"| **ours / best number set by hand** | | **{over[0]}** | | **{over[1]}** |"])


@contextmanager
def busy(codes: list[str]) -> Iterator[None]:
    processes = [subprocess.Popen([sys.executable, "-c", code]) for code in codes]
    time.sleep(3 if codes else 0)  # until torch is loaded
    try:
        yield
    finally:
        for process in processes:
            process.kill()
            process.wait()


# The contenders' processes


@contextmanager
def contenders() -> Iterator[dict[str, subprocess.Popen]]:
    running = {name: start(name) for name in CONTENDERS}
    try:
        for process in running.values():
            answer(process)  # it is ready
        yield running
    finally:
        for process in running.values():
            process.kill()
            process.wait()


def start(name: str) -> subprocess.Popen:
    environment = {**os.environ, "PYTHONPATH": str(HERE.parent)}
    for variable in ("OMP_NUM_THREADS", "OMP_WAIT_POLICY", "GOMP_SPINCOUNT"):
        environment.pop(variable, None)
    if name in HAND_SET:
        environment |= {"OMP_NUM_THREADS": str(HAND_SET.index(name) + 1), "GOMP_SPINCOUNT": SPINS}
    command = [sys.executable, __file__, "--worker", name]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environment)


def ask(process: subprocess.Popen, work: str) -> float:
    """Seconds that the work took, by the contender's own clock."""
    process.stdin.write(f"{work}\n")
    process.stdin.flush()
    return answer(process)


def answer(process: subprocess.Popen) -> float:
    line = process.stdout.readline()
    if not line:
        raise SystemExit("A contender has ended: its error stands above")
    return float(json.loads(line))


def serve(name: str) -> None:
    """Do what stdin says, and print how many seconds it took."""
    warnings.simplefilter("ignore")
    task = make_task()
    predict, train = (plain_work if name == BARE else spacy_work)(name, task)
    work = {"predict": predict, "train": train}
    for _ in range(2):  # kernels, caches, and what a process does but once
        for one in work.values():
            one()
    print(0, flush=True)
    for line in sys.stdin:
        begin = time.perf_counter()
        work[line.strip()]()
        print(time.perf_counter() - begin, flush=True)


def make_task() -> Task:
    """Random words of the checkpoint's vocabulary, with random entities and categories."""
    import spacy
    from spacy.tokens import Span

    drawn = random.Random(0)
    vocabulary = json.loads((Path(ENCODER) / "tokenizer.json").read_text(encoding="utf8"))["model"]["vocab"]
    words = [word for word in vocabulary if word.isascii() and word.isalpha() and len(word) > 2]
    nlp = spacy.blank("en")
    docs = [nlp(" ".join(drawn.choices(words, k=drawn.randint(5, 14)))) for _ in range(N_TEXTS)]
    for doc in docs:
        first = drawn.randrange(len(doc) - 1)
        doc.ents = [Span(doc, first, first + drawn.randint(1, 2), drawn.choice("ABCD"))]
        doc.cats = {"X": 1.0, "Y": 0.0} if drawn.random() < 0.5 else {"X": 0.0, "Y": 1.0}
    return Task("random", 1024, N_TRAINED, docs, docs, [doc.text for doc in docs], N_PREDICTED, 1)


def spacy_work(name: str, task: Task):
    from spacy_pipelines import SpacyPipeline, SpacyTrainer

    is_ours = name != SPACY_TRANSFORMERS
    schedule = f"training.optimizer.{'schedule' if is_ours else 'learn_rate'}"
    config = "ours.cfg" if is_ours else "spacy_transformers.cfg"
    trainer = SpacyTrainer(
        config, ENCODER, task.train, schedule=schedule, warmup_steps=1, total_steps=10_000, settings={}
    )
    return work_of(SpacyPipeline(trainer.nlp).run, trainer.train, task)


def plain_work(name: str, task: Task):
    from copy import deepcopy

    from plain_prediction import PlainPredictor
    from plain_training import PlainTrainer

    from spacy_bert_ext.encoder.device import choose_precision, choose_training_precision

    device = torch.device("cpu")
    precisions = {"device": device, "precision": choose_training_precision("auto", device)}
    trainer = PlainTrainer(ENCODER, task, warmup_steps=1, total_steps=10_000, fused=True, **precisions)
    model = deepcopy(trainer.model).to(choose_precision("auto", device)).eval()
    predictor = PlainPredictor(model, trainer.tokenizer, trainer.labels, device)
    return work_of(predictor.run, trainer.train, task)


def work_of(run, train_batch, task: Task):
    """Each time the next texts, and the next batches."""
    counts = {"predict": 0, "train": 0}

    def next_numbers(work: str, size: int) -> list[int]:
        counts[work] += size
        return [i % N_TEXTS for i in range(counts[work] - size, counts[work])]

    def predict() -> None:
        run([task.texts[i] for i in next_numbers("predict", N_PREDICTED)])

    def train() -> None:
        for _ in range(STEPS):
            train_batch(next_numbers("train", N_TRAINED))

    return predict, train


if __name__ == "__main__":
    typer.run(main)
