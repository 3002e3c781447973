"""Short trainings of small pipelines, each with a config of its own, and what comes of them."""

import json
import os
import subprocess
import sys
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from safetensors.numpy import load_file
from spacy.tokens import DocBin
from spacy.training.initialize import init_nlp
from spacy.training.loop import train as spacy_train
from thinc.api import Config

from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, read_state
from tests.interop.treebank import make_treebank
from tests.training.resuming.crash import TOLD, Crash
from tests.training.resuming.crash import __file__ as CRASH_FILE

HEADS = ("bert_ner", "bert_textcat")
SPACY_LISTENER = {"@architectures": "spacy-bert-ext.Tok2VecListener.v1"}
MAX_STEPS = 14

TRAINING: dict[str, Any] = {
    "train_corpus": "corpora.train",
    "dev_corpus": "corpora.dev",
    "seed": 1,
    "gpu_allocator": None,
    "max_steps": MAX_STEPS,
    "max_epochs": 0,
    "patience": 0,
    "eval_frequency": 5,
    "optimizer": {
        "@optimizers": "spacy-bert-ext.AdamW.v1",
        "encoder_learn_rate": 1e-3,
        "head_learn_rate": 1e-2,
        "schedule": {
            "@schedules": "warmup_linear.v1",
            "initial_rate": 1.0,
            "warmup_steps": 4,
            "total_steps": "${training.max_steps}",
        },
    },
    "batcher": {"@batchers": "spacy-bert-ext.batch_by_pieces.v1", "max_batch_docs": 3, "buffer_docs": 8},
    "logger": {"@loggers": "tests.Crash.v1"},
}

ADAM = {"@optimizers": "Adam.v1", "learn_rate": {"@schedules": "warmup_linear.v1", "initial_rate": 1e-2}}
ADAM["learn_rate"].update(warmup_steps=3, total_steps=40)


def make_config(
    folder: str,
    corpus: Path,
    heads: Sequence[str] = HEADS,
    components: dict[str, Any] | None = None,
    **training: Any,
) -> Config:
    """`training` replaces settings of TRAINING, `components` adds to blocks of components."""
    encoder = {"@architectures": "spacy-bert-ext.BertEncoder.v1", "name": "${paths.encoder}", "window_pieces": 128}
    blocks: dict[str, Any] = {
        "bert_encoder": {"factory": "bert_encoder", "model": {**encoder, "precision": "fp32", "device": "cpu"}}
    }
    for head in heads:
        blocks[head] = {"factory": head}
    config = Config(
        {
            "paths": {"train": str(corpus), "dev": str(corpus), "encoder": folder},
            "nlp": {"lang": "en", "pipeline": ["bert_encoder", *heads]},
            "components": blocks,
            "corpora": {
                "train": {"@readers": "spacy.Corpus.v1", "path": "${paths.train}"},
                "dev": {"@readers": "spacy.Corpus.v1", "path": "${paths.dev}", "limit": 4},
            },
            "training": {**TRAINING, **training},
        }
    )
    for name, block in (components or {}).items():
        blocks[name] = block if "source" in block else Config(blocks[name]).merge(block)
    # As it is read from a file, where variables are not replaced.
    return Config().from_str(Config({**config, "components": blocks}).to_str(interpolate=False), interpolate=False)


def write_corpus(path: Path, n_copies: int = 5) -> Path:
    DocBin(docs=make_treebank() * n_copies, store_user_data=True).to_disk(path)
    return path


def with_crash(config: Config, after: int, *, kill: bool = False) -> Config:
    logger = {"@loggers": "tests.Crash.v1", "after": after, "kill": kill}
    return config.merge({"training": {"logger": logger}})


def run_spacy(config: Config, output: Path) -> list[dict[str, Any] | None]:
    """`spacy train`. RETURNS (List[Optional[Dict]]): What it told its logger."""
    output.mkdir()
    spacy_train(init_nlp(config), output, stdout=StringIO(), stderr=StringIO())
    return list(TOLD)


def run(config: Config, output: Path, *, resume: bool = False, save_every: int = 0) -> list[dict[str, Any] | None]:
    """Our training. RETURNS (List[Optional[Dict]]): What it told its logger."""
    output.mkdir(exist_ok=True)
    state = read_state(output / STATE_FOLDER) if resume else None
    if resume:
        scramble()
    train(init_nlp(config), output, state=state, save_every=save_every, stdout=StringIO(), stderr=StringIO())
    return list(TOLD)


def run_with_crashes(config: Config, output: Path, after: Sequence[int], *, save_every: int = 0) -> list:
    """Ours, ended after so many steps, again and again, and resumed to the end."""
    for i, n_steps in enumerate(after):
        with pytest.raises(Crash):
            run(with_crash(config, n_steps), output, resume=i > 0, save_every=save_every)
    return run(config, output, resume=True, save_every=save_every)


def scramble() -> None:
    """What another process would not have in common with this one: states of generators, ids of nodes and shims."""
    from thinc.api import Linear
    from thinc.shims import Shim

    np.random.seed(99)
    torch.manual_seed(99)
    for _ in range(7):
        Linear()
        Shim(None)


def outcome(folder: Path) -> dict[str, Any]:
    """Everything in a saved pipeline that training decides: bytes of all weights, and the scores."""
    found: dict[str, Any] = {
        str(path.relative_to(folder)): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name in ("model", "model.safetensors", "cfg", "strings.json")
    }
    found["performance"] = json.loads((folder / "meta.json").read_text())["performance"]
    found["performance"].pop("speed", None)
    assert any("safetensors" in name or name.endswith("model") for name in found)
    return found


def without_times(told: Sequence[dict[str, Any] | None]) -> list:
    """What loggers are told, but for the time it took."""
    kept = []
    for info in told:
        if info is not None:
            scores = {name: score for name, score in info["other_scores"].items() if name != "speed"}
            info = {**info, "other_scores": scores, "seconds": None, "output_path": None}
        kept.append(info)
    return kept


def weights_on_disk(folder: Path) -> dict[str, np.ndarray]:
    return load_file(folder / "weights.safetensors")


def command(config: Path, output: Path, *options: str) -> subprocess.CompletedProcess:
    """`spacy bert train` in a process of its own."""
    arguments = ["train", config, "--output", output, "--code", CRASH_FILE, "--save-every", "2", *options]
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}  # as in this process, see conftest
    return subprocess.run(
        [sys.executable, "-m", "spacy", "bert", *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=120,
        env=environment,
        check=False,
    )
