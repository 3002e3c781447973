"""Held-out cross-entropy of an encoder that was adapted, beside that of the same encoder under a new head."""

from pathlib import Path

from plain_pretraining import MaskedWindow, cross_entropy_of
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
ENCODER_RATE, HEAD_RATE = 5e-4, 1e-3  # of batches of 4,096 pieces


def accuracy(texts: Path, dev: Path, trained: Path | None, head_steps: int) -> dict:
    """Of a head that learned alone, when it had done so for the default number of steps and for longer, and of encoder
    and head after one pass. The masks are the same; checkpoints are also evaluated by transformers.

    trained (Path): Checkpoint after one pass; None to make it, if there is none.
    """
    path = write_config(FOLDER / "accuracy.cfg", ENCODER, texts, dev)
    config = changed(path, {})
    warmup = config["components"]["bert_pretraining"]["head_steps"]
    alone = pretrain(
        path,
        FOLDER / f"head_alone_{head_steps}",
        {
            "components.bert_encoder.model.freeze": "all",
            "training.max_steps": head_steps,
            "training.eval_frequency": min(warmup, head_steps),
            "training.optimizer.head_learn_rate": HEAD_RATE,
        },
    )
    windows = list(masked_windows(config))
    figures = {
        HEAD_ONLY: scores_of(next(one for one in evaluations(alone) if one["step"] >= min(warmup, head_steps))),
        HEAD_LONGER: {"step": head_steps, **scores_of_checkpoint(path, alone / "model-last", windows)},
        ONE_PASS: scores_of_checkpoint(path, trained or one_pass(path) / "model-best", windows),
    }
    found = {name: one["cross_entropy"] for name, one in figures.items()}
    return {
        "masked_pieces": sum(len(window.places) for window in windows),
        "figures": figures,
        "lower": {name: 1 - found[ONE_PASS] / found[name] for name in (HEAD_ONLY, HEAD_LONGER)},
    }


def one_pass(path: Path) -> Path:
    """`spacy bert pretrain` over all of the text, if it has not been done. RETURNS: Its output."""
    output = FOLDER / "one_pass"
    if (output / "model-best").exists():
        return output
    n_steps = sum(1 for _ in OurPretraining(changed(path, {})).batches())
    settings = {
        "training.max_steps": n_steps,
        "training.optimizer.encoder_learn_rate": ENCODER_RATE,
        "training.optimizer.head_learn_rate": HEAD_RATE,
    }
    return pretrain(path, output, settings)


def scores_of_checkpoint(path: Path, checkpoint: Path, windows: list[MaskedWindow]) -> dict[str, float]:
    """By ours, and cross-entropy by transformers in fp32 on the same masked windows."""
    ours = OurPretraining(changed(path, {"paths.encoder": str(checkpoint.resolve())}))
    found = ours.head.score(list(ours.dev(ours.nlp)))
    return {**scores_of(found), "by_transformers": cross_entropy_of(checkpoint, windows)}


def scores_of(found: dict) -> dict[str, float]:
    steps = {"step": found["step"]} if "step" in found else {}
    return {**steps, **{name: found[f"mlm_{name}"] for name in ("cross_entropy", "perplexity", "accuracy")}}
