"""Question answering without a library: PyTorch and transformers, in the manner of transformers' `run_qa.py`.

    python benchmarks/plain_questions.py --subjqa FOLDER --xquad FILE --output plain_questions.json
    python benchmarks/plain_questions.py ... --limit 200          a trial

Windows of question and context have 384 pieces, of which neighbours share 128; each window is an example of training,
and one without the answer has its [CLS] for an answer. Differences to `run_qa.py`, to save time: windows are padded to
the longest of their batch; batches are of windows of similar length (50 batches are sorted together, as
`group_by_length` does), in random order; bf16 by autocast.
"""

import gzip
import json
import random
import time
from collections.abc import Iterator, Sequence
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
import typer
from tasks import PROJECT
from torch import Tensor, nn
from transformers import AutoModelForQuestionAnswering, AutoTokenizer, get_linear_schedule_with_warmup
from transformers.data.metrics.squad_metrics import compute_exact, compute_f1, normalize_answer

MAX_PIECES, STRIDE, BATCH = 384, 128, 16
ENCODER_LEARN_RATE, HEAD_LEARN_RATE, WEIGHT_DECAY, MAX_GRADIENT = 2e-4, 1e-3, 0.01, 1.0
N_BEST, MAX_ANSWER_PIECES, NULL_THRESHOLD = 20, 30, 0.0
TRAIN_ARTICLES = 38  # of the 48 of XQuAD: 80 %
SORTED_BATCHES = 50


class Question(NamedTuple):
    """answers: Texts and where they begin in the context; none: it has no answer."""

    id: str
    question: str
    context: str
    answers: list[tuple[str, int]]


def main(
    subjqa: Path = typer.Option(..., help="Folder with train.jsonl.gz and dev.jsonl.gz"),
    xquad: Path = typer.Option(..., help="xquad.en.json"),
    output: Path = typer.Option("plain_questions.json"),
    encoder: Path = typer.Option(PROJECT / "encoders" / "all-MiniLM-L6-v2"),
    epochs: int = 2,
    steps: int = typer.Option(0, help="Instead of epochs"),
    seed: int = 0,
    limit: int = typer.Option(0, help="Questions of training and of each part that is scored; 0: all"),
    bf16: bool = True,
) -> None:
    """Train, answer and score."""
    train, dev = read_questions(subjqa, xquad)
    if limit:
        random.Random(0).shuffle(train)
        train, dev = train[:limit], {name: part[:limit] for name, part in dev.items()}
    torch.manual_seed(seed)
    tokenizer = AutoTokenizer.from_pretrained(encoder)
    model = AutoModelForQuestionAnswering.from_pretrained(encoder)
    windows = training_windows(tokenizer, train)
    total = steps or -(-len(windows) // BATCH) * epochs
    print(f"{len(train)} questions, {len(windows)} windows, {total} steps of {BATCH}", flush=True)
    begin, cpu = time.perf_counter(), time.process_time()
    train_model(model, windows, total, seed=seed, bf16=bf16)
    times = {"train_s": time.perf_counter() - begin, "train_cpu_s": time.process_time() - cpu}
    predictions = {name: answer(model, tokenizer, part, bf16=bf16) for name, part in dev.items()}
    scores = {name: score(part, predictions[name]) for name, part in dev.items()}
    everything = [question for part in dev.values() for question in part]
    scores["together"] = score(everything, {key: text for part in predictions.values() for key, text in part.items()})
    settings = {"steps": total, "batch": BATCH, "seed": seed, "bf16": bf16, "windows": len(windows), **times}
    figures = {"settings": settings, "scores": scores, "predictions": predictions}
    output.write_text(json.dumps(figures, indent=1), encoding="utf8")
    print(json.dumps({**settings, **scores}, indent=1))


# Data


def read_questions(subjqa: Path, xquad: Path) -> tuple[list[Question], dict[str, list[Question]]]:
    """RETURNS: Questions to train on, and those to score by name of their source. XQuAD is split by article."""
    articles = json.loads(xquad.read_text(encoding="utf8"))["data"]
    of_articles = [list(_questions_of(article)) for article in articles]
    train = [*_read_lines(subjqa / "train.jsonl.gz"), *chain(*of_articles[:TRAIN_ARTICLES])]
    return train, {
        "subjqa": list(_read_lines(subjqa / "dev.jsonl.gz")),
        "xquad": list(chain(*of_articles[TRAIN_ARTICLES:])),
    }


def _read_lines(path: Path) -> Iterator[Question]:
    with gzip.open(path, "rt", encoding="utf8") as lines:
        for number, line in enumerate(lines):
            row = json.loads(line)
            answers = [(answer["text"], answer["start"]) for answer in row["answers"]]
            # One id may stand in several rows: what several people answered.
            yield Question(f"{row['id']}-{number}", row["question"], row["context"], answers)


def _questions_of(article: dict) -> Iterator[Question]:
    for paragraph in article["paragraphs"]:
        for qa in paragraph["qas"]:
            answers = [(answer["text"], answer["answer_start"]) for answer in qa["answers"]]
            yield Question(qa["id"], qa["question"], paragraph["context"], answers)


# Training


def _encode(tokenizer, questions: Sequence[Question]):
    return tokenizer(
        [question.question.lstrip() for question in questions],
        [question.context for question in questions],
        truncation="only_second",
        max_length=MAX_PIECES,
        stride=STRIDE,
        return_overflowing_tokens=True,
        return_offsets_mapping=True,
    )


def training_windows(tokenizer, questions: Sequence[Question]) -> list[dict]:
    """Windows with their first and last piece of the answer, 0 ([CLS]) where they don't have all of it."""
    encoded = _encode(tokenizer, questions)
    windows = []
    for i, sample in enumerate(encoded["overflow_to_sample_mapping"]):
        ids, offsets, segments = encoded["input_ids"][i], encoded["offset_mapping"][i], encoded.sequence_ids(i)
        first = segments.index(1)
        last = len(segments) - 1 - segments[::-1].index(1)
        start = end = 0
        if questions[sample].answers:
            text, begin = questions[sample].answers[0]
            stop = begin + len(text)
            if offsets[first][0] <= begin and offsets[last][1] >= stop:
                start = max(k for k in range(first, last + 1) if offsets[k][0] <= begin)
                end = min(k for k in range(first, last + 1) if offsets[k][1] >= stop)
        windows.append({"ids": ids, "types": encoded["token_type_ids"][i], "start": start, "end": end})
    return windows


def train_model(model: nn.Module, windows: Sequence[dict], total: int, *, seed: int, bf16: bool) -> None:
    optimizer = torch.optim.AdamW(_weight_groups(model), fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, round(0.1 * total), total)
    model.train()
    begin, losses = time.perf_counter(), []
    for step, rows in zip(range(1, total + 1), _batches(windows, random.Random(seed))):
        batch = [windows[row] for row in rows]
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            output = model(**_pad(batch))
        loss = sum(
            nn.functional.cross_entropy(logits.float(), torch.tensor([window[key] for window in batch]))
            for logits, key in ((output.start_logits, "start"), (output.end_logits, "end"))
        )
        (loss / 2).backward()
        nn.utils.clip_grad_norm_(model.parameters(), MAX_GRADIENT)
        optimizer.step()
        schedule.step()
        optimizer.zero_grad()
        losses.append(loss.item() / 2)
        if step % 25 == 0 or step == total:
            seconds = time.perf_counter() - begin
            left = seconds / step * (total - step)
            print(f"step {step}: loss {np.mean(losses[-25:]):.3f}, {seconds:.0f} s, {left:.0f} s left", flush=True)


def _weight_groups(model: nn.Module) -> list[dict]:
    groups = []
    for rate, is_encoder in ((ENCODER_LEARN_RATE, True), (HEAD_LEARN_RATE, False)):
        for decay, has_decay in ((WEIGHT_DECAY, True), (0.0, False)):
            weights = [
                weight
                for name, weight in model.named_parameters()
                if name.startswith("qa_outputs") != is_encoder and (weight.ndim > 1) == has_decay
            ]
            groups.append({"params": weights, "lr": rate, "weight_decay": decay})
    return groups


def _batches(windows: Sequence[dict], rng: random.Random) -> Iterator[list[int]]:
    """Numbers of windows, without end: epochs, each of which has every window once."""
    while True:
        rows = rng.sample(range(len(windows)), len(windows))
        batches = []
        for i in range(0, len(rows), BATCH * SORTED_BATCHES):
            part = sorted(rows[i : i + BATCH * SORTED_BATCHES], key=lambda row: len(windows[row]["ids"]))
            batches += [part[j : j + BATCH] for j in range(0, len(part), BATCH)]
        rng.shuffle(batches)
        yield from batches


def _pad(batch: Sequence[dict]) -> dict[str, Tensor]:
    longest = max(len(window["ids"]) for window in batch)
    padded = {"input_ids": "ids", "token_type_ids": "types"}
    arrays = {
        name: torch.tensor([window[key] + [0] * (longest - len(window[key])) for window in batch])
        for name, key in padded.items()
    }
    mask = [[1] * len(window["ids"]) + [0] * (longest - len(window["ids"])) for window in batch]
    return {**arrays, "attention_mask": torch.tensor(mask)}


# Answers


@torch.inference_mode()
def answer(model: nn.Module, tokenizer, questions: Sequence[Question], *, bf16: bool) -> dict[str, str]:
    """Texts by id of the question, "" for no answer: as `run_qa.py` with `version_2_with_negative` finds them."""
    model.eval()
    encoded = _encode(tokenizer, questions)
    windows = [{"ids": ids, "types": encoded["token_type_ids"][i]} for i, ids in enumerate(encoded["input_ids"])]
    of_question: list[list[dict]] = [[] for _ in questions]
    nulls = [np.inf] * len(questions)
    by_length = sorted(range(len(windows)), key=lambda i: len(windows[i]["ids"]))
    for j in range(0, len(by_length), BATCH):
        rows = by_length[j : j + BATCH]
        with torch.autocast("cpu", torch.bfloat16, enabled=bf16):
            output = model(**_pad([windows[row] for row in rows]))
        for row, start, end in zip(rows, output.start_logits.float().numpy(), output.end_logits.float().numpy()):
            sample, n = encoded["overflow_to_sample_mapping"][row], len(windows[row]["ids"])
            nulls[sample] = min(nulls[sample], float(start[0] + end[0]))
            places = [
                place if segment == 1 else None
                for place, segment in zip(encoded["offset_mapping"][row], encoded.sequence_ids(row))
            ]
            of_question[sample] += _candidates(start[:n], end[:n], places)
    return {
        question.id: _best(question.context, found, null)
        for question, found, null in zip(questions, of_question, nulls, strict=True)
    }


def _candidates(start: np.ndarray, end: np.ndarray, places: Sequence[tuple[int, int] | None]) -> Iterator[dict]:
    for i in np.argsort(start)[-1 : -N_BEST - 1 : -1].tolist():
        for j in np.argsort(end)[-1 : -N_BEST - 1 : -1].tolist():
            first, last = places[i], places[j]
            if first is not None and last is not None and i <= j < i + MAX_ANSWER_PIECES:
                yield {"score": float(start[i] + end[j]), "start": first[0], "end": last[1]}


def _best(context: str, found: Sequence[dict], null: float) -> str:
    best = max(found, key=lambda candidate: candidate["score"], default=None)
    if best is None or null - best["score"] > NULL_THRESHOLD:
        return ""
    return context[best["start"] : best["end"]]


def score(questions: Sequence[Question], predictions: dict[str, str]) -> dict[str, float]:
    """Percent, as SQuAD's script does: the best of the right answers; "" is right where there are none."""
    exact, f1, answered = [], [], []
    for question in questions:
        gold = [text for text, _ in question.answers if normalize_answer(text)] or [""]
        exact.append(max(compute_exact(text, predictions[question.id]) for text in gold))
        f1.append(max(compute_f1(text, predictions[question.id]) for text in gold))
        answered.append(bool(question.answers))
    has = np.array(answered)
    result = {"questions": len(questions), "exact": 100 * float(np.mean(exact)), "f1": 100 * float(np.mean(f1))}
    for name, rows in (("answered", has), ("unanswered", ~has)):
        if rows.any():
            result[f"exact_{name}"] = 100 * float(np.mean(np.array(exact)[rows]))
            result[f"f1_{name}"] = 100 * float(np.mean(np.array(f1)[rows]))
    return result


if __name__ == "__main__":
    typer.run(main)
