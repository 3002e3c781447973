"""Contenders that `spacy train` trains: ours, and spacy-transformers with spaCy's own heads."""

import random
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import spacy
from data import ENCODER, examples_of, to_predict_on, write_docs
from spacy.language import Language
from spacy.tokens import Doc
from spacy.util import load_config

from spacy_bert_ext.training.batchers import create_batch_by_pieces_v1

WARMUP = 0.1  # part of all steps


def train(
    config: Path, train_docs: list[Doc], dev_docs: list[Doc], folder: Path, *, seed: int, epochs: int, settings: dict
) -> Language:
    """RETURNS (Language): The best of the pipelines that are evaluated after each epoch.

    settings (Dict): What differs from the config file, by dotted name.
    """
    training = load_config(config)["training"]
    steps = count_steps(training["batcher"], train_docs)
    is_ours = "schedule" in training["optimizer"]
    warmup = "schedule.warmup" if is_ours else "learn_rate.warmup_steps"
    overrides = {
        "paths.train": write_docs(train_docs, folder / "train.spacy"),
        "paths.dev": write_docs(dev_docs, folder / "dev.spacy"),
        "paths.encoder": ENCODER,
        "system.seed": seed,
        "training.max_steps": steps * epochs,
        "training.eval_frequency": steps,
        f"training.optimizer.{warmup}": int(WARMUP * steps * epochs),
        **settings,
    }
    options = [str(part) for name, value in overrides.items() for part in (f"--{name}", value)]
    command = [sys.executable, "-m", "spacy", "train", str(config), "--output", str(folder), *options]
    subprocess.run(command, check=True)
    return spacy.load(folder / "model-best")


def count_steps(batcher: dict, docs: Sequence[Doc]) -> int:
    """Batches of an epoch; they vary a little with the order of the Docs."""
    settings = {name: value for name, value in batcher.items() if not name.startswith("@")}
    random.seed(0)
    batch = create_batch_by_pieces_v1(**{**settings, "name": str(ENCODER)})
    examples = examples_of(docs)
    random.shuffle(examples)
    return sum(1 for _ in batch(examples))


def predict(nlp: Language, docs: Sequence[Doc]) -> list[Doc]:
    """The same words as in `docs`, annotated."""
    return list(nlp.pipe(to_predict_on(docs, nlp.vocab)))
