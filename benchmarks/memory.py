"""Memory: over a stream of Docs, with one very long Doc, of several processes, over training steps.

Run by `make bench-memory`. Every figure comes from a fresh process, so that none inherits another's memory. Needs
`project/encoders` and `project/corpus/snips`, which `python -m spacy project run snips` makes in `project/`.
"""

import argparse
import gc
import itertools
import json
import multiprocessing
import random
import string
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import spacy
from measure import RESULTS, save
from processes import forget_peak, fresh, peak_mib, private_mib, resident_mib
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Corpus

from spacy_bert_ext.training.batchers import create_batch_by_pieces_v1
from spacy_bert_ext.training.optimizer import create_adamw_v1

PROJECT = Path(__file__).parents[1] / "project"
ENCODER = str(PROJECT / "encoders" / "all-MiniLM-L6-v2")
CORPUS = PROJECT / "corpus" / "snips" / "train.spacy"
DECODERS = ("crf", "constrained")
UTTERANCES = "utterances.txt"  # of the corpus, beside the saved pipeline
STREAMS = ("spacy alone", "pipeline", "pipeline, memory_zone")

FIRST_STEPS = 60  # of training before a pipeline predicts: heads without any would find entities everywhere
DOCS_PER_SAMPLE = 1000
STEPS_PER_SAMPLE = 20
WORKER_DOCS = 5000
SETTLED_SHARE, SETTLED_STEPS = 0.2, 100  # growth is counted from here on


# Each in a process of its own


def prepare(folder: str, decoder: str) -> dict:
    """Save a pipeline that has seen a few batches, and the words of the corpus."""
    nlp, batches, sgd = start_training(decoder)
    for batch in itertools.islice(batches, FIRST_STEPS):
        nlp.update(batch, sgd=sgd)
    nlp.to_disk(folder)
    docs = DocBin().from_disk(CORPUS).get_docs(nlp.vocab)
    lines = [" ".join(token.text for token in doc) for doc in docs]
    (Path(folder) / UTTERANCES).write_text("\n".join(lines), encoding="utf8")
    return {}


def stream(folder: str, kind: str, n_docs: str) -> dict:
    """Annotate a stream and let go of every Doc; memory after every 1,000."""
    nlp = spacy.blank("en") if kind == "spacy alone" else spacy.load(folder)
    batch_size = 256
    samples = []
    texts = make_texts(folder, int(n_docs))
    begin = time.perf_counter()
    for i in range(0, int(n_docs), DOCS_PER_SAMPLE):
        part = itertools.islice(texts, DOCS_PER_SAMPLE)
        if kind.endswith("memory_zone"):
            with nlp.memory_zone():
                consume(nlp.pipe(part, batch_size=batch_size))
        else:
            consume(nlp.pipe(part, batch_size=batch_size))
        samples.append((i + DOCS_PER_SAMPLE, resident_mib()))
    return {
        "growth_mib": growth(samples, SETTLED_SHARE * int(n_docs)),
        "peak_mib": peak_mib(),
        "docs_per_s": round(int(n_docs) / (time.perf_counter() - begin), 1),
        "strings": len(nlp.vocab.strings),
        "resident_mib": samples,
    }


def long_doc(folder: str, n_tokens: str) -> dict:
    """Annotate one Doc; memory above that of the loaded pipeline."""
    nlp = spacy.load(folder)
    nlp("play some music")  # the copy of the weights that predicts belongs to the loaded pipeline
    words = list(itertools.islice(make_words(folder), int(n_tokens)))
    gc.collect()
    loaded = resident_mib()
    doc = Doc(nlp.vocab, words=words)
    with_doc = resident_mib()
    forget_peak()
    begin = time.perf_counter()
    doc = nlp(doc)
    seconds = time.perf_counter() - begin
    figures = {
        "tokens": len(doc),
        "entities": len(doc.ents),
        "seconds": round(seconds, 1),
        "loaded_mib": loaded,
        "doc_mib": round(with_doc - loaded, 1),
        "peak_above_loaded_mib": round(peak_mib() - loaded, 1),
        "peak_above_doc_mib": round(peak_mib() - with_doc, 1),
        "annotated_above_loaded_mib": round(resident_mib() - loaded, 1),
    }
    del doc
    gc.collect()
    return {**figures, "afterwards_above_loaded_mib": round(resident_mib() - loaded, 1)}


def workers(folder: str, n_process: str) -> dict:
    """Annotate in several processes; what each has for itself when they have done half of the Docs."""
    nlp = spacy.load(folder)
    docs = nlp.pipe(make_texts(folder, 2 * WORKER_DOCS), n_process=int(n_process), batch_size=256)
    consume(itertools.islice(docs, WORKER_DOCS))
    private = [private_mib(process.pid) for process in multiprocessing.active_children()]
    weights = nlp.get_pipe("bert_encoder").shim.module.parameters()
    consume(docs)
    return {
        "loaded_mib": resident_mib(),
        "weights_fp32_mib": round(sum(weight.nbytes for weight in weights) / 2**20, 1),
        "private_mib": private,
    }


def steps(n_steps: str) -> dict:
    """Train; memory after every 20 steps."""
    nlp, batches, sgd = start_training("crf")
    samples = []
    begin = time.perf_counter()
    for i, batch in enumerate(itertools.islice(batches, int(n_steps)), start=1):
        nlp.update(batch, sgd=sgd)
        if i % STEPS_PER_SAMPLE == 0:
            samples.append((i, resident_mib()))
    return {
        "growth_mib": growth(samples, SETTLED_STEPS),
        "peak_mib": peak_mib(),
        "steps_per_s": round(int(n_steps) / (time.perf_counter() - begin), 2),
        "resident_mib": samples,
    }


FIGURES = {"prepare": prepare, "stream": stream, "long_doc": long_doc, "workers": workers, "steps": steps}


# What they work on


def start_training(decoder: str) -> tuple[Language, Iterator[list], object]:
    """A joint pipeline for Snips, its batches without end, and the optimizer."""
    random.seed(0)
    nlp = spacy.blank("en")
    nlp.add_pipe("bert_encoder", config={"model": {"name": ENCODER}})
    nlp.add_pipe("bert_ner", config={"decoder": decoder})
    nlp.add_pipe("bert_textcat")
    corpus = Corpus(CORPUS, shuffle=True)
    sgd = create_adamw_v1(encoder_learn_rate=2e-4)
    nlp.initialize(lambda: corpus(nlp), sgd=sgd)
    batcher = create_batch_by_pieces_v1(max_batch_docs=32, name=ENCODER)
    return nlp, (batch for _ in itertools.count() for batch in batcher(corpus(nlp))), sgd


def make_texts(folder: str, n_docs: int) -> Iterator[str]:
    """Utterances with one word of another one in them; every second has a word that was never seen before."""
    chance, utterances = random.Random(0), read_utterances(folder)
    for i in range(n_docs):
        words = list(chance.choice(utterances))
        words[chance.randrange(len(words))] = chance.choice(chance.choice(utterances))
        if i % 2:
            words.append("".join(chance.choices(string.ascii_lowercase, k=8)))
        yield " ".join(words)


def make_words(folder: str) -> Iterator[str]:
    """The corpus' words, in a new order of its utterances in every round."""
    chance, utterances = random.Random(0), read_utterances(folder)
    while True:
        chance.shuffle(utterances)
        yield from itertools.chain.from_iterable(utterances)


def read_utterances(folder: str) -> list[list[str]]:
    """From text: Docs that had been read and let go would leave room that hides later growth."""
    lines = (Path(folder) / UTTERANCES).read_text(encoding="utf8").splitlines()
    return [[sys.intern(word) for word in line.split()] for line in lines]


def consume(docs: Iterator[Doc]) -> None:
    for _ in docs:
        pass


def growth(samples: list[tuple[int, float]], since: float) -> float:
    """How much the memory rose, in MiB, from the first sample at or past `since` to the last."""
    return round(samples[-1][1] - next((mib for place, mib in samples if place >= since), samples[0][1]), 1)


# All together


def plot(figures: dict, path: Path) -> None:
    from matplotlib import pyplot

    _, (left, right) = pyplot.subplots(1, 2, figsize=(11, 4), sharey=True, layout="constrained")
    for name, run in figures["stream"].items():
        left.plot(*zip(*run["resident_mib"]), label=f"{name}: {run['growth_mib']:+} MiB")
    left.set(title="Stream of short Docs", xlabel="Docs", ylabel="resident memory, MiB")
    left.legend(title=f"growth after {SETTLED_SHARE:.0%}")
    run = figures["training"]["joint"]
    right.plot(*zip(*run["resident_mib"]), label=f"{run['growth_mib']:+} MiB")
    right.set(title="Training, entities and categories", xlabel="steps", ylim=(0, None))
    right.legend(title=f"growth after step {SETTLED_STEPS}")
    pyplot.savefig(path, dpi=120)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=int, default=100_000, help="of the stream")
    parser.add_argument("--tokens", type=int, default=1_000_000, help="of the long Doc")
    parser.add_argument("--steps", type=int, default=2000, help="of training")
    parser.add_argument(
        "--only", choices=["stream", "long_doc", "workers", "training"], help="keep the other figures as they are"
    )
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folders = {decoder: f"{temporary}/{decoder}" for decoder in DECODERS}
        for decoder, folder in folders.items():
            fresh(__file__, "prepare", folder, decoder)
        measure = {
            "stream": lambda: {
                kind: fresh(__file__, "stream", folders["crf"], kind, arguments.docs) for kind in STREAMS
            },
            "long_doc": lambda: {
                name: fresh(__file__, "long_doc", folder, arguments.tokens) for name, folder in folders.items()
            },
            "workers": lambda: {"2 processes": fresh(__file__, "workers", folders["crf"], 2)},
            "training": lambda: {"joint": fresh(__file__, "steps", arguments.steps)},
        }
        path = RESULTS / "memory.json"
        figures = json.loads(path.read_text()) if path.exists() else {}
        for name in [arguments.only] if arguments.only else measure:
            figures[name] = measure[name]()
            save("memory", {key: value for key, value in figures.items() if key != "machine"})
            for kind, run in figures[name].items():
                print(name, kind, {key: value for key, value in run.items() if key != "resident_mib"}, flush=True)
    if {"stream", "training"} <= set(figures):
        plot(figures, path.with_suffix(".png"))


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in FIGURES:
        print(json.dumps(FIGURES[sys.argv[1]](*sys.argv[2:])))
    else:
        main()
