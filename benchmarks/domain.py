"""Fine-tuning from an encoder that was adapted to a domain beside the same encoder as it was: paired trainings.

    python benchmarks/domain.py                                     all parts, from all-MiniLM-L6-v2
    python benchmarks/domain.py --encoder FOLDER --arm adapted      the same, from a checkpoint of `spacy bert pretrain`
    python benchmarks/domain.py --parts ncbi_500 --seeds 0,1        a part of it

Parts: `ncbi_500`, NCBI disease from 500 sentences, others for each seed and the same ones in both arms; `ncbi`, from
all of them; `conll2003`, text of another domain. The config is that of `init-config --task ner`, with the part's number
of steps. The weights after the last step are scored, none are chosen, on the data for development. What is in
`results/domain.json` is not trained again.
"""

import json
import random
import resource
import shutil
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

import spacy
import torch
import typer
from errors import require
from markdown_table import table_row
from measure import RESULTS, describe_machine
from options import MODELS
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.util import load_config
from tasks import PROJECT, read_docs

from spacy_bert_ext.training.batchers import create_batch_by_pieces_v1

ENCODER = PROJECT / "encoders" / "all-MiniLM-L6-v2"
FOLDER = MODELS / "domain"
UNADAPTED, ADAPTED = "unadapted", "adapted"
SCORES = {"f": "ents_f", "p": "ents_p", "r": "ents_r"}


@dataclass(frozen=True)
class Part:
    """corpus: Folder in project/corpus.
    seeds: Trainings of each arm.
    epochs: Passes over the training data.
    sentences: So many are trained on, drawn by the seed; None for all.
    """

    corpus: str
    seeds: tuple[int, ...]
    epochs: int
    sentences: int | None = None


PARTS = {
    "ncbi_500": Part("ncbi", (0, 1, 2, 3, 4), 15, 500),
    "ncbi": Part("ncbi", (0, 1), 5),
    "conll2003": Part("conll2003", (0, 1), 3),
}


def main(
    encoder: Path = typer.Option(ENCODER, help="Folder of the checkpoint that is fine-tuned"),
    base: str = typer.Option(ENCODER.name, help="What the encoder is called that was or is to be adapted"),
    arm: str = typer.Option(UNADAPTED, help=f"What the figures are saved as: {UNADAPTED}, {ADAPTED} or another name"),
    parts: str = typer.Option(",".join(PARTS), help="Which, with commas between them"),
    seeds: str = typer.Option(None, help="Which, with commas between them; default: the part's"),
    epochs: int = typer.Option(None, help="Passes over the training data; default: the part's"),
    curve: bool = typer.Option(False, help="Score after each epoch, to look at it"),
    threads: int = typer.Option(1, help="Of torch"),
) -> None:
    """Train and score one arm; print all figures."""
    torch.set_num_threads(threads)
    require(encoder / "config.json", "python -m spacy project run encoder project")
    unknown = [name for name in parts.split(",") if name not in PARTS]
    if unknown:
        sys.exit(f"No part {unknown[0]!r}: there are {', '.join(PARTS)}")
    for name in parts.split(","):
        for seed in map(int, seeds.split(",")) if seeds else PARTS[name].seeds:
            key = {"part": name, "base": base, "arm": arm, "seed": seed}
            if key_of(**key) not in {key_of(**row) for row in saved_rows()}:
                save_row({**key, **train_and_score(name, arm, seed, encoder, epochs=epochs, curve=curve)})
    print(table(saved_rows()))


# One training


def train_and_score(name: str, arm: str, seed: int, encoder: Path, *, epochs: int | None, curve: bool) -> dict:
    """What a row of the results has besides its key; the pipeline is removed afterwards."""
    part = PARTS[name]
    epochs = epochs or part.epochs
    folder = FOLDER / f"{name}-{arm}-{seed}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    docs = drawn(read_docs(part.corpus, "train", spacy.blank("en").vocab), part.sentences, seed)
    DocBin(docs=docs).to_disk(folder / "train.spacy")
    path = folder / "config.cfg"
    command = ["bert", "init-config", path, "--task", "ner", "--lang", "en", "--encoder", encoder.resolve()]
    run(*command)
    steps = count_steps(load_config(path, interpolate=True)["training"]["batcher"], docs)
    options = {
        "paths.train": folder / "train.spacy",
        "paths.dev": PROJECT / "corpus" / part.corpus / "dev.spacy",
        "system.seed": seed,
        "training.max_steps": steps * epochs,
        "training.eval_frequency": steps if curve else steps * epochs,
        # spaCy wants to score something while it trains; the figures are taken from all.
        "corpora.dev.limit": 0 if curve else 20,
        "training.logger.output_file": folder / "log.jsonl",
    }
    begin, cpu_before = time.perf_counter(), children_cpu_s()
    run("train", path, "--output", folder, *(one for key, value in options.items() for one in (f"--{key}", value)))
    seconds, cpu_s = time.perf_counter() - begin, children_cpu_s() - cpu_before
    scores = score(folder / "model-last", read_docs(part.corpus, "dev", spacy.blank("en").vocab))
    for trained in ("model-last", "model-best"):
        shutil.rmtree(folder / trained, ignore_errors=True)
    return {
        "sentences": len(docs),
        "epochs": epochs,
        "steps": steps * epochs,
        "scores": scores,
        "cpu_s": round(cpu_s, 1),
        "wall_s": round(seconds, 1),
    }


def drawn(docs: list[Doc], n_docs: int | None, seed: int) -> list[Doc]:
    """The same for every encoder."""
    return docs if n_docs is None else random.Random(seed).sample(docs, n_docs)


def run(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "spacy", *map(str, arguments)], check=True)


def count_steps(batcher: dict, docs: list[Doc]) -> int:
    """Batches of an epoch; they vary a little with the order of the Docs."""
    batch = create_batch_by_pieces_v1(**{name: value for name, value in batcher.items() if not name.startswith("@")})
    return sum(1 for _ in batch([Example(doc, doc) for doc in random.Random(0).sample(docs, len(docs))]))


def score(pipeline: Path, gold: list[Doc]) -> dict[str, float]:
    """Percent, by spaCy's scorer, of the data's own tokens."""
    nlp = spacy.load(pipeline)
    docs = DocBin(docs=gold).get_docs(nlp.vocab)
    found = nlp.evaluate([Example(Doc(nlp.vocab, words=[token.text for token in doc]), doc) for doc in docs])
    return {name: 100 * found[key] for name, key in SCORES.items()}


def children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


# What was found


def saved_rows() -> list[dict]:
    path = RESULTS / "domain.json"
    return json.loads(path.read_text(encoding="utf8"))["rows"] if path.exists() else []


def save_row(row: dict) -> None:
    rows = sorted([*saved_rows(), row], key=lambda one: key_of(**one))
    text = json.dumps({"machine": describe_machine(), "rows": rows}, indent=2)
    (RESULTS / "domain.json").write_text(text + "\n", encoding="utf8")
    print(row, flush=True)


def key_of(part: str, base: str, arm: str, seed: int, **others: object) -> tuple[str, str, str, int]:
    return part, base, arm, seed


def table(rows: list[dict]) -> str:
    """Markdown: F1 of each arm beside the encoder as it was, and the differences of pairs."""
    lines = [table_row(["encoder", "part", "adapted by", "seeds", UNADAPTED, "adapted", "difference", "of each pair"])]
    lines.append(table_row(["---", "---", "---", "---:", "---:", "---:", "---:", "---"]))
    for part in PARTS:
        for base, arm in sorted({(row["base"], row["arm"]) for row in rows if row["arm"] != UNADAPTED}):
            before, after = (scores_by_seed(rows, part, base, one) for one in (UNADAPTED, arm))
            seeds = sorted(before.keys() & after.keys())
            if seeds:
                pairs = [after[seed] - before[seed] for seed in seeds]
                means = [f"{statistics.mean(one[seed] for seed in seeds):.2f}" for one in (before, after)]
                each = ", ".join(f"{one:+.2f}" for one in pairs)
                cells = [base, part, arm, str(len(seeds)), *means, f"{statistics.mean(pairs):+.2f}", each]
                lines.append(table_row(cells))
    return "\n".join(lines)


def scores_by_seed(rows: list[dict], part: str, base: str, arm: str) -> dict[int, float]:
    return {r["seed"]: r["scores"]["f"] for r in rows if (r["part"], r["base"], r["arm"]) == (part, base, arm)}


if __name__ == "__main__":
    typer.run(main)
