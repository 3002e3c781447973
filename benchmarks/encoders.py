"""Encoders of each size: weights, speed and memory of prediction and training, on one thread of this machine.

    python benchmarks/encoders.py                         all sizes, one after the other: 6 minutes
    python benchmarks/encoders.py --size tiny --size base

Weights are random, which cost as much as trained ones; only all-MiniLM-L6-v2 is a checkpoint. Its tokenizer makes all
pieces, so that all encoders see the same: one for 100 languages needs 1.2 to 2 times as many for the same words. Each
size has a process of its own, whose memory is its own.
"""

import json
import random
import tempfile
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import spacy
import torch
import typer
from errors import require
from markdown_table import table_row
from measure import save
from processes import forget_peak, fresh, peak_mib, resident_mib
from single import ENCODER, UTTERANCES, plain
from spacy.language import Language
from spacy.training import Example
from transformers import AutoTokenizer, BertConfig, BertModel

from spacy_bert_ext.training.optimizer import create_adamw_v1

NAME = "encoders"
BATCH_PIECES, WORDS = 1024, 24  # of a training batch, as by default; of a text
LABELS = [f"LABEL{i}" for i in range(4)]


class Size(NamedTuple):
    """like: Checkpoints of this size."""

    n_layers: int
    width: int
    vocabulary: int
    like: str


SIZES = {
    "tiny": Size(2, 128, 30_522, "prajjwal1/bert-tiny"),
    "small": Size(4, 512, 30_522, "prajjwal1/bert-small"),
    "MiniLM": Size(6, 384, 30_522, "all-MiniLM-L6-v2"),
    "distilled": Size(6, 768, 28_996, "distilbert-base-cased"),
    "base": Size(12, 768, 28_996, "bert-base-cased"),
    "base, 100 languages": Size(12, 768, 250_002, "FacebookAI/xlm-roberta-base"),
    "large": Size(24, 1024, 28_996, "bert-large-cased"),
}


def main(
    size: list[str] = typer.Option(list(SIZES), help="Sizes, repeatedly"),
    steps: int = typer.Option(3, help="Of training, after one to warm up"),
    seconds: float = typer.Option(10.0, help="Of prediction, about"),
    child: bool = typer.Option(False, hidden=True, help="Measure one size, in this process"),
) -> None:
    """Measure sizes, and save the figures as `results/encoders.json`."""
    require(ENCODER / "tokenizer.json", "make bench-data")
    unknown = sorted({*size} - SIZES.keys())
    if unknown:
        raise typer.BadParameter(f"{unknown[0]}: there are {', '.join(SIZES)}")
    if child:
        print(json.dumps(measure(size[0], steps, seconds)))
        return
    options = ("--steps", steps, "--seconds", seconds, "--child")
    figures = {name: fresh(__file__, "--size", name, *options) for name in size}
    print(table(figures))
    print(f"Saved in {save(NAME, {'steps': steps, 'batch_pieces': BATCH_PIECES, 'sizes': figures})}")


def measure(name: str, steps: int, seconds: float) -> dict:
    """Figures of one size; times are of the processor."""
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = str(ENCODER) if name == "MiniLM" else make_checkpoint(Path(folder), SIZES[name])
        texts = make_texts()
        before = resident_mib()
        nlp = pipeline(checkpoint, texts)
    shim = nlp.get_pipe("bert_encoder").model.shims[0]
    n_weights = sum(weight.numel() for weight in shim.module.parameters())
    figures = {"million_weights": round(n_weights / 1e6, 1), **predicted(nlp, texts, seconds)}
    figures["prediction_mib"] = round(figures.pop("peak") - before)
    figures |= trained(nlp, texts, steps)
    figures["training_mib"] = round(figures.pop("peak") - before)
    return {**figures, "prediction": str(shim.precision), "training": str(shim.training_precision)}


def make_checkpoint(folder: Path, size: Size) -> str:
    config = BertConfig(
        vocab_size=max(30_522, size.vocabulary),
        hidden_size=size.width,
        num_hidden_layers=size.n_layers,
        num_attention_heads=size.width // 64,
        intermediate_size=4 * size.width,
    )
    torch.manual_seed(0)
    BertModel(config).save_pretrained(folder)
    AutoTokenizer.from_pretrained(ENCODER).save_pretrained(folder)
    return str(folder)


def make_texts() -> list[str]:
    """Of words of utterances, drawn at random."""
    words = [word for line in UTTERANCES.read_text(encoding="utf8").splitlines() for word in plain(line).split()]
    chance = random.Random(0)
    return [" ".join(chance.choices(words, k=WORDS)) for _ in range(2000)]


def pipeline(checkpoint: str, texts: list[str]) -> Language:
    """An encoder and a head for entities, which costs little."""
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"model": {"name": checkpoint, "device": "cpu"}})
    nlp.add_pipe("bert_ner", config={"decoder": "greedy"})
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nlp.initialize(lambda: examples_of(nlp, texts[:20]))
    return nlp


def examples_of(nlp: Language, texts: list[str]) -> list[Example]:
    made = []
    for i, text in enumerate(texts):
        doc = nlp.make_doc(text)
        doc.ents = [spacy.tokens.Span(doc, 3, 5, label=LABELS[i % len(LABELS)])]
        made.append(Example(nlp.make_doc(text), doc))
    return made


def predicted(nlp: Language, texts: list[str], seconds: float) -> dict:
    """Words per second, over texts that take about so many seconds; and the most memory."""
    forget_peak()
    n_words = sum(map(len, nlp.pipe(texts[:20])))
    rate = timed(lambda: list(nlp.pipe(texts[:20])), n_words)
    chosen = texts[: max(40, min(len(texts), int(rate * seconds / WORDS)))]
    n_words = sum(len(nlp.make_doc(text)) for text in chosen)
    return {"words_per_second": timed(lambda: list(nlp.pipe(chosen)), n_words), "peak": peak_mib()}


def timed(call: Callable[[], object], n_words: int) -> float:
    begin = time.process_time()
    call()
    return n_words / (time.process_time() - begin)


def trained(nlp: Language, texts: list[str], steps: int) -> dict:
    """Seconds per step of BATCH_PIECES padded pieces, and the most memory."""
    tokenizer = nlp.get_pipe("bert_encoder").model.shims[0].loaded.checkpoint.tokenizer
    texts = sorted(texts, key=lambda text: len(tokenizer(text).input_ids))[: len(texts) // 2]  # of like length
    longest = len(tokenizer(texts[-1]).input_ids)
    n_docs = BATCH_PIECES // longest
    sgd = create_adamw_v1()
    forget_peak()
    times = []
    for step in range(steps + 1):
        examples = examples_of(nlp, texts[-n_docs * (step + 1) :][:n_docs])
        begin = time.process_time()
        nlp.update(examples, sgd=sgd)
        times.append(time.process_time() - begin)
    return {"seconds_per_step": sum(times[1:]) / steps, "peak": peak_mib()}


def table(figures: dict[str, dict]) -> str:
    """Markdown."""
    header = ("size", "layers, width", "like", "million weights", "words/s", "memory", "step", "memory of training")
    rows = [table_row(header), table_row(["---"] * 3 + ["---:"] * 5)]
    for name, one in figures.items():
        size = SIZES[name]
        cells = [name, f"{size.n_layers}, {size.width}", f"`{size.like}`", f"{one['million_weights']:,.0f}"]
        cells += [f"{one['words_per_second']:,.0f}", f"{one['prediction_mib'] / 1024:.1f} GiB"]
        cells += [f"{one['seconds_per_step']:.2f} s", f"{one['training_mib'] / 1024:.1f} GiB"]
        rows.append(table_row(cells))
    return "\n".join(rows)


if __name__ == "__main__":
    typer.run(main)
