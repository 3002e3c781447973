"""Question answering: accuracy beside a plain loop, and the time of many questions to one Doc.

    python benchmarks/questions.py --part accuracy --subjqa FOLDER --xquad FILE
    python benchmarks/questions.py --part speed

The plain loop is `plain_questions.py`; ours has as many steps, of as many questions, and its seed. Both are trained
unless they are there already (`models/questions`), an hour each on one thread. Each call adds its figures to
`results/questions.json`, and prints all of them.
"""

import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from itertools import chain, cycle, islice
from pathlib import Path

import spacy
import torch
import typer
from bare_encoder import BareEncoder
from markdown_table import table_row
from measure import median_ratio, save, saved_parts
from plain_prediction import batches_by_length
from plain_questions import read_questions, score, training_windows
from question_training import ENCODER, FOLDER, answers, trained, untrained
from spacy.language import Language
from spacy.tokens import Doc
from transformers import AutoTokenizer

from spacy_bert_ext.encoder.plan import plan_pairs
from spacy_bert_ext.encoder.shim import encoder_shim_of

NAME = "questions"
PLAIN, OURS, BARE = "plain loop", "bert_qa", "bare encoder"
N_WORDS, N_QUESTIONS = 2000, 20
WINDOW_PIECES, OVERLAP_PIECES = 384, 128


def main(
    part: str = typer.Option("all", help="accuracy, speed or all"),
    subjqa: Path = typer.Option(None, help="Folder with train.jsonl.gz and dev.jsonl.gz of SubjQA; accuracy"),
    xquad: Path = typer.Option("project/assets/xquad/all.json", help="XQuAD, English"),
    plain: Path = typer.Option(None, help="What `plain_questions.py` wrote; it is run if there is none"),
    seed: int = 0,
    epochs: int = typer.Option(2, help="Of the plain loop, if it is run"),
    rounds: int = typer.Option(5, help="Of speed"),
) -> None:
    """Measure questions."""
    torch.set_num_threads(1)
    figures = saved_parts(NAME, ("accuracy", "speed"))
    if part in ("all", "accuracy"):
        if subjqa is None:
            sys.exit("--subjqa FOLDER is missing")
        figures["accuracy"] = accuracy(subjqa, xquad, plain or FOLDER / f"plain-{seed}.json", seed=seed, epochs=epochs)
        save(NAME, figures)
    if part in ("all", "speed"):
        figures["speed"] = speed(xquad, rounds)
        save(NAME, figures)
    print(tables(figures))


# What they find


def accuracy(subjqa: Path, xquad: Path, plain: Path, *, seed: int, epochs: int) -> dict:
    train, dev = read_questions(subjqa, xquad)
    if not plain.exists():
        plain.parent.mkdir(parents=True, exist_ok=True)
        options = ["--subjqa", subjqa, "--xquad", xquad, "--output", plain, "--seed", seed, "--epochs", epochs]
        script = Path(__file__).with_name("plain_questions.py")
        subprocess.run([sys.executable, str(script), *map(str, options)], check=True)
    found = json.loads(plain.read_text(encoding="utf8"))
    settings = found["settings"]
    everything = list(chain(*dev.values()))
    windows = settings.get("windows") or len(training_windows(AutoTokenizer.from_pretrained(ENCODER), train))
    folder = trained(train, everything, steps=settings["steps"], windows=windows, seed=settings["seed"])
    nlp = spacy.load(folder)
    texts = {name: answers(nlp, part) for name, part in dev.items()}
    return {
        "settings": settings,
        PLAIN: found["scores"],
        OURS: {
            **{name: score(part, texts[name]) for name, part in dev.items()},
            "together": score(everything, {key: text for part in texts.values() for key, text in part.items()}),
        },
    }


# How fast


def speed(xquad: Path, rounds: int) -> dict:
    """Wall and CPU time of both in turns, after one round to warm up."""
    nlp = untrained(WINDOW_PIECES, OVERLAP_PIECES)
    text, questions = long_text(xquad)
    pipe, shim = nlp.get_pipe("bert_qa"), encoder_shim_of(nlp.get_pipe("bert_encoder").model)
    doc = nlp.make_doc(text)
    batches, n_windows = bare_batches(nlp, doc, questions)
    bare = BareEncoder(ENCODER, torch.device("cpu"), shim.precision)

    def run_bare() -> None:
        with torch.no_grad():
            for batch in batches:
                bare.module(**batch)

    contenders = {OURS: lambda: pipe.answer_many((doc, question) for question in questions), BARE: run_bare}
    for work in contenders.values():
        work()
    wall, cpu = in_turns(contenders, rounds)
    return {
        "rounds": rounds,
        "words": len(text.split()),
        "questions": len(questions),
        "windows": n_windows,
        "over_bare": {"wall": median_ratio(wall[OURS], wall[BARE]), "cpu": median_ratio(cpu[OURS], cpu[BARE])},
        "wall_s": {name: statistics.median(times) for name, times in wall.items()},
        "cpu_s": {name: statistics.median(times) for name, times in cpu.items()},
    }


def in_turns(
    contenders: Mapping[str, Callable[[], object]], rounds: int
) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """RETURNS: Seconds by the clock and of the CPU, of each round."""
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    for _ in range(rounds):
        for name, work in contenders.items():
            begin, cpu_begin = time.perf_counter(), time.process_time()
            work()
            wall[name].append(time.perf_counter() - begin)
            cpu[name].append(time.process_time() - cpu_begin)
    return wall, cpu


def long_text(xquad: Path) -> tuple[str, list[str]]:
    """Words of XQuAD's paragraphs one after the other, and questions that were asked of these."""
    articles = json.loads(xquad.read_text(encoding="utf8"))["data"]
    paragraphs = [paragraph for article in articles for paragraph in article["paragraphs"]]
    words = " ".join(paragraph["context"] for paragraph in paragraphs).split()
    questions = [qa["question"] for paragraph in paragraphs for qa in paragraph["qas"]]
    return " ".join(islice(cycle(words), N_WORDS)), questions[:N_QUESTIONS]


def bare_batches(nlp: Language, doc: Doc, questions: list[str]) -> tuple[list[dict[str, torch.Tensor]], int]:
    """Our windows of question and text, in the batches of the plain contenders."""
    shim = encoder_shim_of(nlp.get_pipe("bert_encoder").model)
    texts = list(chain(*((Doc(nlp.vocab, words=[question]), doc) for question in questions)))
    plan = plan_pairs(shim, texts)
    batches = []
    for rows in batches_by_length(plan.lengths.tolist(), torch.device("cpu")):
        batch = plan.make(torch.tensor(rows).numpy(), padded=int(plan.lengths[list(rows)].max()))
        arrays = {"input_ids": batch.ids, "attention_mask": batch.mask, "token_type_ids": batch.types}
        batches.append({name: torch.from_numpy(array) for name, array in arrays.items()})
    return batches, len(plan.lengths)


# Tables


def tables(figures: dict) -> str:
    """Markdown."""
    lines: list[str] = []
    if "accuracy" in figures:
        parts = figures["accuracy"]
        names = list(parts[PLAIN])
        lines += [table_row(["", *(f"{name}: {key}" for name in names for key in ("exact", "F1"))])]
        lines += [table_row(["---", *["---:"] * (2 * len(names))])]
        for one in (PLAIN, OURS):
            lines += [table_row([one, *(f"{parts[one][name][key]:.1f}" for name in names for key in ("exact", "f1"))])]
    if "speed" in figures:
        times = figures["speed"]
        what = f"{times['questions']} questions, {times['words']:,} words, {times['windows']} windows"
        lines += ["", table_row([what, "wall, s", "CPU, s", "over bare"]), table_row(["---", *["---:"] * 3])]
        for one, ratio in ((OURS, f"{times['over_bare']['cpu']:.2f}"), (BARE, "1")):
            lines += [table_row([one, f"{times['wall_s'][one]:.2f}", f"{times['cpu_s'][one]:.2f}", ratio])]
    return "\n".join(lines)


if __name__ == "__main__":
    typer.run(main)
