"""Streams: when the first Doc comes, the longest time between two, and words/s, for several batch sizes.

Run by `make bench-stream`, about 3 minutes. Heads are not trained: they have the labels of Snips, and begin with the
frequencies of their tags. Contenders take turns in one process.
"""

import argparse
import statistics
import time

import numpy as np
import spacy
from measure import save
from spacy.language import Language
from spacy.training import Example
from spacy.util import load_config, load_model_from_config
from spacy_pipelines import CONFIGS
from tasks import PROJECT, read_docs, text_of

ENCODER = str(PROJECT / "encoders" / "all-MiniLM-L6-v2")
BATCH_SIZES = (None, 1, 32, 128, 1000)  # None: that of the pipeline
OURS, THEIRS = "ours", "spacy-transformers"
SLOW_SHARE = 0.1  # of the texts, where Docs are encoded alone


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=int, default=4000, help="of a stream")
    parser.add_argument("--rounds", type=int, default=3)
    arguments = parser.parse_args()
    docs = read_docs("snips", "train", spacy.blank("en").vocab)
    texts = [text_of(doc) for doc in docs]
    examples = [Example(doc.copy(), doc) for doc in docs[:2000]]
    pipelines = {OURS: make_ours(examples), THEIRS: make_theirs(examples)}
    runs = [(OURS, size) for size in BATCH_SIZES] + [(THEIRS, None)]
    for name, size in runs:
        stream(pipelines[name], texts[-200:], size)
    figures: dict[str, list[dict]] = {label(*run): [] for run in runs}
    for i in range(arguments.rounds):
        start = i * arguments.texts % max(1, len(texts) - arguments.texts)
        for name, size in runs:
            n_texts = int(arguments.texts * (SLOW_SHARE if size == 1 or name == THEIRS else 1))
            figures[label(name, size)].append(stream(pipelines[name], texts[start : start + n_texts], size))
    medians = {
        name: {key: statistics.median(run[key] for run in rounds) for key in rounds[0]}
        for name, rounds in figures.items()
    }
    save("stream", {"texts": arguments.texts, "rounds": figures, "medians": medians})
    print("| | first Doc, s | longest gap, s | 99 % of gaps below, ms | words/s |\n| --- | ---: | ---: | ---: | ---: |")
    for name, of in medians.items():
        gap_ms = 1000 * of["gap_99"]
        print(f"| {name} | {of['first']:.3f} | {of['longest']:.3f} | {gap_ms:.1f} | {of['words_s']:,.0f} |")


def label(name: str, size: int | None) -> str:
    return f"{name}, default" if size is None else f"{name}, batch_size={size}"


def stream(nlp: Language, texts: list[str], batch_size: int | None) -> dict[str, float]:
    begin = time.perf_counter()
    times, n_words = [begin], 0
    for doc in nlp.pipe(iter(texts), batch_size=batch_size):
        times.append(time.perf_counter())
        n_words += len(doc)
    gaps = np.diff(times)
    return {
        "first": float(gaps[0]),
        "longest": float(gaps[1:].max()),
        "gap_99": float(np.quantile(gaps[1:], 0.99)),
        "words_s": n_words / (times[-1] - begin),
    }


def make_ours(examples: list[Example]) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"model": {"name": ENCODER}})
    nlp.add_pipe("bert_ner")
    nlp.add_pipe("bert_textcat")
    nlp.initialize(lambda: examples)
    return nlp


def make_theirs(examples: list[Example]) -> Language:
    config = load_config(CONFIGS / "spacy_transformers.cfg", overrides={"paths.encoder": ENCODER})
    nlp = load_model_from_config(config, auto_fill=True)
    nlp.initialize(lambda: examples)
    return nlp


if __name__ == "__main__":
    main()
