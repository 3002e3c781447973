"""Held-out cross-entropy of an encoder that was adapted, beside that of the same encoder under a new head."""

from collections.abc import Sequence
from pathlib import Path

from plain_pretraining import cross_entropy_of
from pretraining_runs import (
    ENCODER,
    FOLDER,
    OurPretraining,
    changed,
    evaluations,
    masked_windows,
    pretrain,
    write_config,
)

HEAD_ONLY, HEAD_LONGER, ONE_PASS = "head warmed up", "head alone, for longer", "after one pass"


def accuracy(texts: Path, dev: Path, output: Path, head_steps: int) -> dict:
    """Held-out cross-entropy of one pass, of its head when it had learned alone, and of a head that did so for longer.

    Each checkpoint is also evaluated by transformers, on the same masked windows.
    """
    path = write_config(FOLDER / "accuracy.cfg", ENCODER, texts, dev)
    config = changed(path, {})
    if not (output / "model-best").exists():
        n_steps = sum(1 for _ in OurPretraining(config).batches())
        pretrain(path, output, {"training.max_steps": n_steps})
    frozen = FOLDER / "head_alone"
    settings = {
        "components.bert_encoder.model.freeze": "all",
        "training.max_steps": head_steps,
        "training.eval_frequency": config["components"]["bert_pretraining"]["head_steps"],
    }
    alone, passed = pretrain(path, frozen, settings), evaluations(output)
    first = next(one for one in alone if one["step"] >= settings["training.eval_frequency"])
    windows = list(masked_windows(config))
    again = {
        name: {"by_transformers": cross_entropy_of(folder, windows)}
        for name, folder in ((HEAD_LONGER, frozen / "model-last"), (ONE_PASS, output / "model-best"))
    }
    figures = {
        HEAD_ONLY: scores_of(first),
        HEAD_LONGER: {**scores_of(alone[-1]), **again[HEAD_LONGER]},
        ONE_PASS: {**scores_of(best_of(passed)), **again[ONE_PASS]},
    }
    lower = {
        name: 1 - figures[ONE_PASS]["cross_entropy"] / figures[name]["cross_entropy"]
        for name in (HEAD_ONLY, HEAD_LONGER)
    }
    return {"figures": figures, "lower": lower, "curve": [scores_of(one) for one in passed]}


def scores_of(evaluation: dict) -> dict[str, float]:
    names = ("cross_entropy", "perplexity", "accuracy")
    return {"step": evaluation["step"], **{name: evaluation[f"mlm_{name}"] for name in names}}


def best_of(found: Sequence[dict]) -> dict:
    return min(found, key=lambda one: one["mlm_cross_entropy"])
