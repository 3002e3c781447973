"""Spans that nest, entities as spans, and one very long Doc; beside spaCy's `spancat` on spacy-transformers.

    python benchmarks/spans.py --part nested                        trains, scores, then takes times in turns
    python benchmarks/spans.py --part nested --contender "bert_spancat" --seed 1        one more training
    python benchmarks/spans.py --part flat                          WNUT-17 beside `bert_ner`
    python benchmarks/spans.py --part long                          memory and time of long Docs (Linux)

Pipelines that are trained are not trained again without `--again`. Each call adds its figures to
`results/spans.json`, and prints all of them.
"""

import gc
import itertools
import json
import statistics
import sys
import time
from collections.abc import Sequence

import numpy as np
import spacy
import torch
import typer
from markdown_table import table_row
from measure import interleave, median_ratio, save, saved_parts
from processes import forget_peak, fresh, peak_mib, resident_mib
from spacy.language import Language
from spacy.tokens import Doc
from span_training import CONTENDERS, KEY, known_contenders, pipeline_folder, read_gold

from spacy_bert_ext.evaluation.nesting import nested_counts
from spacy_bert_ext.evaluation.prf import FALSE_NEGATIVE, FALSE_POSITIVE, TRUE_POSITIVE

NAME = "spans"
PEER, OURS = "spacy-transformers, spancat", "bert_spancat"
DATA = {"nested": "genia", "flat": "wnut17"}
SLICE_DOCS = 200  # of a round of speed
TOKENS = (10_000, 30_000, 100_000)
# Its n-grams of a long Doc are in memory all at once.
PEER_TOKENS = (10_000, 30_000)

Place = tuple[int, int, str]


def main(
    part: str = typer.Option("all", help="nested, flat, long or all"),
    contender: list[str] = typer.Option(None, help="Which are trained and scored; default: all of the part, no trials"),
    seed: list[int] = typer.Option([0], help="Each is a training"),
    rounds: int = typer.Option(7, help="Measured rounds of speed; 0: none"),
    again: bool = typer.Option(False, help="Train what is trained already"),
    threads: int = typer.Option(1, help="Of torch"),
) -> None:
    """Measure spans."""
    torch.set_num_threads(threads)
    figures = saved_parts(NAME, (*DATA, "long"))
    for name, data in DATA.items():
        if part not in ("all", name):
            continue
        unknown = [one for one in contender or () if one not in known_contenders(data)]
        if unknown:
            sys.exit(f"No contender {unknown[0]!r} in {name}: there are {'; '.join(known_contenders(data))}")
        scores = figures.setdefault(name, {}).setdefault("scores", {})
        for one, number in itertools.product(contender or CONTENDERS[data], seed):
            folder = pipeline_folder(data, one, number, again=again)
            scores.setdefault(one, {})[str(number)] = score(spacy.load(folder), read_gold(data, "dev"))
            save(NAME, figures)
        if rounds and not contender:
            figures[name]["speed"] = speed(data, rounds)
            save(NAME, figures)
    if part in ("all", "long"):
        figures["long"] = {
            one: [fresh(__file__, "long_doc", pipeline_folder("genia", one, 0), n_tokens) for n_tokens in lengths]
            for one, lengths in ((OURS, TOKENS), (f"{OURS}, n-grams", TOKENS), (PEER, PEER_TOKENS))
        }
        save(NAME, figures)
    print(tables(figures))


# What they find


def score(nlp: Language, gold: Sequence[Doc]) -> dict[str, dict[str, float]]:
    """Percent: precision, recall and F1 of all spans, and of those that nest."""
    predicted = list(nlp.pipe(unannotated(gold, nlp)))
    pairs = [(places_of(doc), places_of(other)) for doc, other in zip(gold, predicted, strict=True)]
    everything = np.zeros(3, dtype=np.int64)
    for wanted, found in pairs:
        everything[TRUE_POSITIVE] += len(wanted & found)
        everything[FALSE_POSITIVE] += len(found - wanted)
        everything[FALSE_NEGATIVE] += len(wanted - found)
    nesting = sum((nested_counts(wanted, found) for wanted, found in pairs), np.zeros(3, dtype=np.int64))
    return {"all": percentages(everything), "nested": percentages(nesting)}


def places_of(doc: Doc) -> set[Place]:
    """Of the spans; of entities where the pipeline sets these."""
    return {(span.start, span.end, span.label_) for span in doc.spans.get(KEY, doc.ents)}


def percentages(counts: np.ndarray) -> dict[str, float]:
    right, wrong, missed = (int(counts[kind]) for kind in (TRUE_POSITIVE, FALSE_POSITIVE, FALSE_NEGATIVE))
    return {
        "p": 100 * right / max(right + wrong, 1),
        "r": 100 * right / max(right + missed, 1),
        "f": 200 * right / max(2 * right + wrong + missed, 1),
    }


def unannotated(docs: Sequence[Doc], nlp: Language) -> list[Doc]:
    return [Doc(nlp.vocab, words=[token.text for token in doc]) for doc in docs]


# How fast


def speed(data: str, rounds: int) -> dict:
    """Rounds in turns. In round i each contender gets slice i; one more slice comes before, to warm up."""
    docs = [*read_gold(data, "dev"), *read_gold(data, "train")]
    slices = [[docs[j % len(docs)] for j in range(i * SLICE_DOCS, (i + 1) * SLICE_DOCS)] for i in range(rounds + 1)]
    pipelines = {one: spacy.load(pipeline_folder(data, one, 0)) for one in CONTENDERS[data]}
    fresh_docs = {one: [unannotated(part, nlp) for part in slices] for one, nlp in pipelines.items()}

    def run(name: str, i: int) -> None:
        for _ in pipelines[name].pipe(fresh_docs[name][i]):
            pass

    for name in pipelines:
        run(name, rounds)
    seconds = interleave({name: lambda i, name=name: run(name, i) for name in pipelines}, rounds)
    words = [sum(map(len, part)) for part in slices[:rounds]]
    first = next(iter(seconds))
    return {
        "rounds": rounds,
        "threads": torch.get_num_threads(),
        "docs_per_round": SLICE_DOCS,
        "words_per_second": {
            name: statistics.median(n / t for n, t in zip(words, times, strict=True)) for name, times in seconds.items()
        },
        f"over_{first}": {name: median_ratio(times, seconds[first]) for name, times in seconds.items()},
        "over_peer": {name: median_ratio(times, seconds[PEER]) for name, times in seconds.items()}
        if PEER in seconds
        else None,
        "seconds": {name: [round(t, 4) for t in times] for name, times in seconds.items()},
    }


def long_doc(folder: str, n_tokens: str) -> dict:
    """Annotate one Doc of GENIA's words; memory above that before it, and time. In a process of its own."""
    torch.set_num_threads(1)
    nlp = spacy.load(folder)
    words = [token.text for doc in read_gold("genia", "train") for token in doc]
    nlp(Doc(nlp.vocab, words=words[:500]))
    doc = Doc(nlp.vocab, words=list(itertools.islice(itertools.cycle(words), int(n_tokens))))
    gc.collect()
    before = resident_mib()
    forget_peak()
    wall, cpu = time.perf_counter(), time.process_time()
    doc = nlp(doc)
    return {
        "tokens": len(doc),
        "spans": len(doc.spans[KEY]),
        "seconds": round(time.perf_counter() - wall, 2),
        "cpu_s": round(time.process_time() - cpu, 2),
        "peak_above_before_mib": round(peak_mib() - before, 1),
        "kept_mib": round(resident_mib() - before, 1),
    }


# Tables


def tables(figures: dict) -> str:
    """Markdown."""
    lines: list[str] = []
    for name, data in DATA.items():
        if name in figures:
            lines += [f"\n{name} ({data})\n", *_score_rows(figures[name], nested=name == "nested")]
    if "long" in figures:
        lines += ["\nOne long Doc\n", table_row(["contender", "tokens", "spans", "CPU s", "peak, MiB", "kept, MiB"])]
        lines += [table_row(["---", *["---:"] * 5])]
        for one, runs in figures["long"].items():
            keys = ("tokens", "spans", "cpu_s", "peak_above_before_mib", "kept_mib")
            lines += [table_row([one, *(f"{run[key]:,}" for key in keys)]) for run in runs]
    return "\n".join(lines)


def _score_rows(figures: dict, *, nested: bool) -> list[str]:
    """A line for each contender; F1 of several seeds with the lowest and highest."""
    kinds = ("all", "nested") if nested else ("all",)
    header = [
        "contender",
        *(f"{kind}: {key}" for kind in kinds for key in ("F1", "P", "R")),
        "seeds",
        "words/s",
        "time",
    ]
    lines = [table_row(header), table_row(["---", *["---:"] * (len(header) - 1)])]
    times = figures.get("speed", {})
    ratios = times.get("over_peer") or times.get("over_bert_ner") or {}
    for one, by_seed in figures["scores"].items():
        cells = [one]
        for kind in kinds:
            for key in ("f", "p", "r"):
                found = [scores[kind][key] for scores in by_seed.values()]
                spread = f" ({min(found):.1f} to {max(found):.1f})" if key == "f" and len(found) > 1 else ""
                cells.append(f"{statistics.mean(found):.1f}{spread}")
        cells.append(str(len(by_seed)))
        cells.append(f"{times['words_per_second'][one]:,.0f}" if times else "")
        lines.append(table_row([*cells, f"{ratios[one]:.2f}" if one in ratios else ""]))
    return lines


if __name__ == "__main__":
    if sys.argv[1:2] == ["long_doc"]:
        print(json.dumps(long_doc(*sys.argv[2:])))
    else:
        typer.run(main)
