"""What stays in memory while a tiny encoder is pre-trained for long, with raw text of two sizes (Linux)."""

import gzip
import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

from pretraining_runs import ENCODER, FOLDER, changed, run, write_config
from resident_memory import CALLBACK
from transformers import AutoTokenizer, BertConfig, BertModel

SAMPLES = 10
SMALL_SHARE = 10  # the small text is a tenth of the other
DEV_LINES = 300
BATCH_PIECES = 512


def memory(texts: Path, dev: Path, steps: int) -> dict:
    """By size of text: its size, and resident memory at each tenth of the steps of `spacy bert pretrain`."""
    folder = FOLDER / "memory"
    checkpoint = tiny_encoder(folder / "encoder")
    n_lines = sum(1 for _ in lines_of(texts))
    some = write_lines(folder / "dev.txt", lines_of(dev), DEV_LINES)
    found = {}
    for name, n_taken in (("1x", n_lines // SMALL_SHARE), ("10x", n_lines)):
        raw = write_lines(folder / f"{name}.txt", lines_of(texts), n_taken)
        output, log = folder / name, folder / f"{name}.jsonl"
        log.unlink(missing_ok=True)
        settings = {
            "training.max_steps": steps,
            "training.batcher.max_batch_pieces": BATCH_PIECES,
            "training.eval_frequency": steps // 2,
            "training.patience": 0,
            "training.before_update": {"@callbacks": CALLBACK, "path": str(log), "every": max(steps // SAMPLES, 1)},
        }
        config = output.with_suffix(".cfg")
        changed(write_config(config, checkpoint, raw, some), settings).to_disk(config)
        run("bert", "pretrain", config, "--output", output, "--code", Path(__file__).with_name("resident_memory.py"))
        rows = [json.loads(line) for line in log.read_text(encoding="utf8").splitlines()]
        found[f"{name}, {raw.stat().st_size / 2**20:.1f} MiB of text"] = {"rows": rows}
    return found


def tiny_encoder(folder: Path) -> Path:
    """Random weights: one layer, 32 wide."""
    tokenizer = AutoTokenizer.from_pretrained(ENCODER)
    sizes = {"hidden_size": 32, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 64}
    BertModel(BertConfig(vocab_size=len(tokenizer), **sizes)).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def lines_of(path: Path) -> Iterator[str]:
    with (gzip.open if path.suffix == ".gz" else open)(path, "rt", encoding="utf8") as file:
        yield from file


def write_lines(path: Path, lines: Iterator[str], most: int) -> Path:
    with path.open("w", encoding="utf8") as file:
        file.writelines(islice(lines, most))
    return path
