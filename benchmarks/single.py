"""Single requests: one short text at a time, on one thread, CPU and wall time.

`python benchmarks/single.py`, 2 to 3 minutes. Nothing is trained: all contenders have the encoder's weights, and heads
with random ones, which cost as much. Texts of each length are made of words of `project/assets`.
"""

import logging
import random
import re
import statistics
import time
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path

import spacy
import torch
import typer
from errors import require
from measure import median_ratio, save
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from transformers import AutoModel, AutoTokenizer, pipeline
from transformers.utils import logging as transformers_logging

HERE = Path(__file__).parent
UTTERANCES = HERE.parent / "project" / "assets" / "utterances" / "train.tsv"
ENCODER = HERE.parent / "project" / "encoders" / "all-MiniLM-L6-v2"
PIECES = (11, 52)  # special ones included
LABELS = [f"LABEL{i}" for i in range(4)]
OURS, OURS_FP32 = "ours, entities and categories", "ours in fp32"
PIPELINES = ("transformers pipeline(), entities", "transformers pipeline(), categories")
SPACY = ("spacy-transformers, ner", "spacy-transformers, textcat")
FORWARD = "transformers, forward alone"

Contender = Callable[[str], object]


def main(
    rounds: int = typer.Option(15, help="Each contender annotates all texts once in a round"),
    texts: int = typer.Option(24, help="Texts of each length"),
    encoder: Path = typer.Option(ENCODER, help="Folder of the encoder"),
) -> None:
    """Measure single requests, and save the figures as `results/single.json`."""
    torch.set_num_threads(1)
    transformers_logging.set_verbosity_error()
    logging.getLogger("spacy").setLevel(logging.ERROR)
    require(encoder / "model.safetensors", "make bench-data")
    words = [word for line in UTTERANCES.read_text(encoding="utf8").splitlines() for word in plain(line).split()]
    contenders = {
        OURS: ours(encoder, "auto"),
        OURS_FP32: ours(encoder, "fp32"),
        **{name: hub_pipeline(encoder, task) for name, task in zip(PIPELINES, ("token", "text"))},
        **{name: spacy_transformers(encoder, head) for name, head in zip(SPACY, ("ner", "textcat"))},
        FORWARD: forward(encoder),
    }
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    figures = {}
    for n_pieces in PIECES:
        chosen = texts_of_length(words, n_pieces, texts, lambda text: len(tokenizer(text).input_ids))
        measure(contenders, chosen, 2)  # to warm up
        figures[str(n_pieces)] = summary(measure(contenders, chosen, rounds))
        print(table(n_pieces, figures[str(n_pieces)]))
    print(f"Saved in {save('single', {'rounds': rounds, 'texts': texts, 'pieces': figures})}")


def plain(line: str) -> str:
    """The words of an utterance, without the marks of its entities."""
    return re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", line.partition("\t")[2])


def texts_of_length(words: list[str], n_pieces: int, n_texts: int, length_of: Callable[[str], int]) -> list[str]:
    """Texts of exactly so many pieces, of words drawn at random."""
    chance, found = random.Random(0), []
    while len(found) < n_texts:
        drawn = chance.choices(words, k=n_pieces)
        while drawn and length_of(" ".join(drawn)) > n_pieces:
            drawn.pop()
        if length_of(" ".join(drawn)) == n_pieces:
            found.append(" ".join(drawn))
    return found


def ours(encoder: Path, precision: str) -> Contender:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"model": {"name": str(encoder), "precision": precision}})
    nlp.add_pipe("bert_ner")
    nlp.add_pipe("bert_textcat")
    return initialized(nlp)


def spacy_transformers(encoder: Path, head: str) -> Contender:
    """spaCy's own head on a `transformer`, as spaCy's quickstart has it: see `configs/spacy_transformers.cfg`."""
    path = HERE / "configs" / "spacy_transformers.cfg"
    config = spacy.util.load_config(path, overrides={"paths.encoder": str(encoder)})
    config["nlp"]["pipeline"] = ["transformer", head]
    config["components"] = {name: config["components"][name] for name in ("transformer", head)}
    if head == "textcat":
        config["components"][head]["factory"] = "textcat"
    return initialized(spacy.util.load_model_from_config(config, auto_fill=True))


def initialized(nlp: Language) -> Language:
    doc = Doc(nlp.vocab, words=LABELS)
    doc.ents = [Span(doc, i, i + 1, label=label) for i, label in enumerate(LABELS)]
    doc.cats = {label: float(label == LABELS[0]) for label in LABELS}
    examples = [Example(Doc(nlp.vocab, words=LABELS), doc)] * 10
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        nlp.initialize(lambda: examples)
    return nlp


def hub_pipeline(encoder: Path, task: str) -> Contender:
    options = {"model_kwargs": {"num_labels": len(LABELS)}, "device": "cpu"}
    if task == "token":
        options["aggregation_strategy"] = "simple"
    return pipeline(f"{task}-classification", model=str(encoder), **options)


def forward(encoder: Path) -> Contender:
    """The encoder alone, in fp32, with its tokenizer."""
    module, tokenizer = AutoModel.from_pretrained(encoder).eval(), AutoTokenizer.from_pretrained(encoder)

    @torch.no_grad()
    def run(text: str) -> object:
        return module(**tokenizer(text, return_tensors="pt")).last_hidden_state

    return run


def measure(contenders: dict[str, Contender], texts: list[str], n_rounds: int) -> dict[str, dict[str, list[float]]]:
    """CPU and wall milliseconds per text of each contender in every round, in turns."""
    times: dict[str, dict[str, list[float]]] = {name: {"cpu": [], "wall": []} for name in contenders}
    for _ in range(n_rounds):
        for name, contender in contenders.items():
            begin = time.process_time(), time.perf_counter()
            for text in texts:
                contender(text)
            end = time.process_time(), time.perf_counter()
            for clock, before, after in zip(("cpu", "wall"), begin, end):
                times[name][clock].append(1000 * (after - before) / len(texts))
    return times


def summary(times: dict[str, dict[str, list[float]]]) -> dict:
    """Medians of milliseconds, and of our time over that of others within each round."""
    cpu = {name: clocks["cpu"] for name, clocks in times.items()}
    cheaper = [min(both) for both in zip(*(cpu[name] for name in PIPELINES))]
    one_head = [min(both) for both in zip(*(cpu[name] for name in SPACY))]
    over = partial(median_ratio, cpu[OURS])
    return {
        "cpu_ms": {name: statistics.median(clocks["cpu"]) for name, clocks in times.items()},
        "wall_ms": {name: statistics.median(clocks["wall"]) for name, clocks in times.items()},
        "cpu_of_ours_over": {name: over(seconds) for name, seconds in cpu.items()},
        "cpu_of_ours_over_the_cheaper_pipeline": over(cheaper),
        "cpu_of_ours_over_the_cheaper_spacy_transformers": over(one_head),
    }


def table(n_pieces: int, figures: dict) -> str:
    rows = [f"| {n_pieces} pieces | CPU ms | wall ms | CPU time of ours / its |", "| --- | ---: | ---: | ---: |"]
    for name, cpu in figures["cpu_ms"].items():
        ratio = figures["cpu_of_ours_over"][name]
        rows.append(f"| {name} | {cpu:.1f} | {figures['wall_ms'][name]:.1f} | {ratio:.2f} |")
    rows.append(f"| the cheaper `pipeline()` | | | {figures['cpu_of_ours_over_the_cheaper_pipeline']:.2f} |")
    cheaper = figures["cpu_of_ours_over_the_cheaper_spacy_transformers"]
    rows.append(f"| the cheaper spacy-transformers | | | {cheaper:.2f} |")
    return "\n".join(rows) + "\n"


if __name__ == "__main__":
    typer.run(main)
