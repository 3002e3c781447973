"""Trains all contenders side by side: same encoder, same batches in the same order, one seed.

Every round is a few batches, which each contender trains on in turn. Trained pipelines are saved for `predict.py`.
"""

import random
import shutil
from collections.abc import Iterator
from functools import partial

import torch
import typer
from errors import require
from measure import interleave, saved_tasks
from options import MODELS, OURS, PLAIN, SPACY_TRANSFORMERS, chosen_tasks, results_name, spacy_follows, use_device
from plain_training import PlainTrainer
from precisions import NAMES
from report import Report, print_report, publish, summarize
from scoring import score
from spacy.training import Example
from spacy.util import fix_random_seed
from spacy_pipelines import SpacyTrainer
from tasks import HERE, TASKS, Task, text_of

from spacy_bert_ext.encoder.device import choose_training_precision
from spacy_bert_ext.training.batchers import create_batch_by_pieces_v1

SEED = 0
WARMUP = 0.1  # part of all steps
LAST_BATCHES = 20  # whose mean loss is reported
ENCODER = HERE.parent / "project" / "encoders" / "all-MiniLM-L6-v2"

Trainer = SpacyTrainer | PlainTrainer


def main(
    task: list[str] = typer.Option(None, help="utterances, documents; default: both"),
    epochs: int = typer.Option(None, help="Passes over the training data; default: the task's"),
    max_docs: int = typer.Option(None, help="Docs of training and of development data, at most"),
    round_batches: int = typer.Option(5, help="Batches of a round"),
    device: str = typer.Option("auto", help="auto, cpu, cuda:0"),
    name: str = typer.Option(None, help="Name of the file of results; default: train"),
) -> None:
    """Measure training."""
    where = use_device(device)
    require(ENCODER / "config.json", "make bench-data")
    with_spacy = spacy_follows(where)
    name = name or results_name("train", where)
    figures = saved_tasks(name)
    for task_name in chosen_tasks(task):
        data = TASKS[task_name](max_docs)
        epochs_of_task = epochs or data.epochs
        batches = list(make_batches(data, epochs_of_task))
        trainers = make_trainers(data, len(batches), where, with_spacy=with_spacy)
        report = run(data, batches, trainers, round_batches)
        print_report(f"Training, {task_name}", report)
        figures[task_name] = {**report, "n_docs": len(data.train), "epochs": epochs_of_task, "n_batches": len(batches)}
        publish(name, "Training", where, figures)


def run(data: Task, batches: list[list[int]], trainers: dict[str, Trainer], round_batches: int) -> Report:
    """Train, save and evaluate."""
    rounds = [batches[i : i + round_batches] for i in range(0, len(batches), round_batches)]
    words = [sum(len(data.train[i]) for batch in batches_ for i in batch) for batches_ in rounds]

    losses: dict[str, list[dict[str, float]]] = {name: [] for name in trainers}

    def train_round(name: str, i: int) -> None:
        losses[name] += [trainers[name].train(batch) for batch in rounds[i]]

    seconds = interleave({name: partial(train_round, name) for name in trainers}, len(rounds))
    found = {}
    for name, trainer in trainers.items():
        folder = MODELS / data.name / folder_of(name)
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
        trainer.save(folder)
        scores = score(data.dev, trainer.annotate([text_of(doc) for doc in data.dev]))
        found[name] = {**scores, "last_losses": mean_losses(losses[name][-LAST_BATCHES:])}
    return summarize(seconds, words, found)


def mean_losses(losses: list[dict[str, float]]) -> dict[str, float]:
    """By head. Contenders' losses are of different kinds; each can be compared with itself alone."""
    heads = list(dict.fromkeys(head for of_batch in losses for head in of_batch))
    return {head: float(sum(of_batch.get(head, 0.0) for of_batch in losses) / len(losses)) for head in heads}


def make_batches(data: Task, epochs: int) -> Iterator[list[int]]:
    """Numbers of the Docs of each batch, of all epochs."""
    random.seed(SEED)
    batch = create_batch_by_pieces_v1(data.batch_pieces, data.batch_docs, name=str(ENCODER))
    examples = [Example(doc, doc) for doc in data.train]
    number = {id(example): i for i, example in enumerate(examples)}
    for _ in range(epochs):
        random.shuffle(examples)
        for chosen in batch(examples):
            yield [number[id(example)] for example in chosen]


def make_trainers(data: Task, n_batches: int, device: torch.device, *, with_spacy: bool) -> dict[str, Trainer]:
    steps = {"warmup_steps": int(WARMUP * n_batches), "total_steps": n_batches}
    own = {"components.bert_encoder.model.device": str(device)}
    makers = {OURS: lambda: spacy_trainer("ours", data, steps, own)}
    if with_spacy:
        makers[SPACY_TRANSFORMERS] = lambda: spacy_trainer("spacy_transformers", data, steps, {})
        # thinc's autocast is for CUDA only: on a CPU its gradient scaler stops with an error.
        if device.type == "cuda":
            mixed = {"components.transformer.model.mixed_precision": True}
            makers[f"{SPACY_TRANSFORMERS}, mixed precision"] = lambda: spacy_trainer(
                "spacy_transformers", data, steps, mixed
            )
    precision = choose_training_precision("auto", device)
    plain = f"PyTorch + transformers, {NAMES[precision]}"
    for name, fused in ((plain, False), (f"{plain}, fused AdamW", True)):
        makers[name] = partial(PlainTrainer, ENCODER, data, device=device, precision=precision, fused=fused, **steps)
    trainers = {}
    for name, make in makers.items():
        fix_random_seed(SEED)
        trainers[name] = make()
    return trainers


def spacy_trainer(config: str, data: Task, steps: dict, settings: dict) -> SpacyTrainer:
    block = "schedule" if config == "ours" else "learn_rate"
    return SpacyTrainer(
        f"{config}.cfg", ENCODER, data.train, schedule=f"training.optimizer.{block}", settings=settings, **steps
    )


def folder_of(contender: str) -> str:
    """Where a contender's trained pipeline lies, beside those of the others."""
    return PLAIN if contender.startswith("PyTorch") else contender.replace(", ", "-").replace(" ", "-")


if __name__ == "__main__":
    typer.run(main)
