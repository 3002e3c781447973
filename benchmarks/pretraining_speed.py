"""Steps of pre-training beside those of a plain transformers loop."""

import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import islice, pairwise
from pathlib import Path

from plain_pretraining import PlainPretraining, new_checkpoint
from pretraining_runs import ENCODER, FOLDER, OurPretraining, changed, write_config
from questions import in_turns
from spacy.training import Example

PLAIN, OURS, BY_TOKEN = "transformers loop", "bert_pretraining", "bert_pretraining, whole tokens"
RATE, WARMUP = 2e-4, 0.1
ROUND_STEPS = 5


def speed(texts: Path, dev: Path, steps: int) -> dict:
    """Steps on the same windows in the same batches, in rounds of a few steps in turns; the first round warms up."""
    checkpoint = new_checkpoint(ENCODER, FOLDER / "start")
    path = write_config(FOLDER / "speed.cfg", checkpoint, texts, dev)
    warmup = round(WARMUP * steps)
    settings = {
        "training.max_steps": steps,
        "training.optimizer.schedule.warmup": warmup,
        "training.optimizer.encoder_learn_rate": RATE,
        "training.optimizer.head_learn_rate": RATE,
        "corpora.train.buffer_windows": 256,  # windows of a few steps, so that reading them is not that of many more
    }
    ours = OurPretraining(changed(path, settings))
    by_token = OurPretraining(changed(path, {**settings, "components.bert_pretraining.mask_by": "token"}))
    begin = time.process_time()
    batches = list(islice(ours.batches(), steps))
    reading_s = time.process_time() - begin
    docs = [eg.reference for batch in batches for eg in batch]
    plain = PlainPretraining(
        checkpoint,
        docs,
        learn_rate=RATE,
        warmup_steps=warmup,
        total_steps=steps,
        precision=ours.head.encoder_shim.training_precision,
    )
    pieces_s = check_same_pieces(ours, plain, batches)
    places = places_of(batches)
    contenders: dict[str, Callable[[int], float]] = {
        PLAIN: lambda i: plain.step(places[i]),
        OURS: lambda i: ours.step(batches[i]),
        BY_TOKEN: lambda i: by_token.step(batches[i]),
    }
    losses: dict[str, list[float]] = {name: [] for name in contenders}
    wall: dict[str, list[float]] = {name: [] for name in contenders}
    cpu: dict[str, list[float]] = {name: [] for name in contenders}
    for start in range(0, steps - ROUND_STEPS + 1, ROUND_STEPS):
        works = {
            name: partial(take_steps, step, range(start, start + ROUND_STEPS), losses[name])
            for name, step in contenders.items()
        }
        for seconds, found in zip((wall, cpu), in_turns(works, 1), strict=True):
            for name, (one,) in found.items():
                seconds[name].append(one)
    return {
        "steps": steps,
        "pieces_a_step": round(sum(map(len, plain.ids)) / steps),
        "windows_a_step": round(len(docs) / steps, 2),
        "precision": str(plain.precision),
        "reading_ms": 1000 * reading_s / steps,
        "pieces_ms": 1000 * pieces_s / steps,
        "contenders": {
            name: {
                "cpu_ms": 1000 * statistics.median(cpu[name][1:]) / ROUND_STEPS,
                "wall_ms": 1000 * statistics.median(wall[name][1:]) / ROUND_STEPS,
                "cpu_over_ours": ratios(cpu[name][1:], cpu[OURS][1:]),
                "wall_over_ours": ratios(wall[name][1:], wall[OURS][1:]),
                "losses": fifths(losses[name]),
            }
            for name in contenders
        },
    }


def take_steps(step: Callable[[int], float], numbers: Sequence[int], losses: list[float]) -> None:
    losses.extend(map(step, numbers))


def places_of(batches: Sequence[Sequence[Example]]) -> list[range]:
    """Numbers of each batch's windows."""
    ends = [0]
    for batch in batches:
        ends.append(ends[-1] + len(batch))
    return [range(start, end) for start, end in pairwise(ends)]


def check_same_pieces(ours: OurPretraining, plain: PlainPretraining, batches: Sequence[Sequence[Example]]) -> float:
    """Both see the same windows of the same pieces, else the program ends.

    RETURNS: Seconds of CPU time in which ours cuts texts into pieces, which its steps do and those of the loop don't.
    """
    tokenize = ours.head.encoder_shim.loaded.tokenize
    begin = time.process_time()
    found = [tokenize([eg.reference for eg in batch]) for batch in batches]
    seconds = time.process_time() - begin
    if [number for pieces in found for number in pieces.ids.tolist()] != [n for ids in plain.ids for n in ids[1:-1]]:
        sys.exit("The loop's windows have other pieces than ours")
    return seconds


def ratios(times: Sequence[float], others: Sequence[float]) -> dict[str, float]:
    """Of the same round."""
    found = [one / other for one, other in zip(times, others, strict=True)]
    return {"median": statistics.median(found), "least": min(found), "most": max(found)}


def fifths(losses: Sequence[float]) -> list[float]:
    """Means over each fifth of the steps."""
    size = max(len(losses) // 5, 1)
    return [round(statistics.mean(losses[i : i + size]), 3) for i in range(0, size * 5, size) if losses[i : i + size]]
