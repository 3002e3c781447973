"""Soak: many thousands of Docs and steps of all lengths, and what a process still holds after them (Linux).

Run by `make soak`. Each part has a process of its own. Memory is told apart: what the heap has given out
(`in_use_mib`), and what was freed and is kept by the C library for later (`free_mib`), which `malloc_trim` gives back.
"""

import argparse
import gc
import itertools
import json
import random
import sys
import tempfile
import time
import warnings
from collections.abc import Iterator
from pathlib import Path

import spacy
from measure import save
from processes import fresh, heap_mib, open_files, resident_mib, trim_heap
from spacy.language import Language
from spacy.tokens import Doc
from spacy.training import Example

from spacy_bert_ext.training.optimizer import create_adamw_v1

ENCODER = str(Path(__file__).parents[1] / "project" / "encoders" / "all-MiniLM-L6-v2")
N_SAMPLES = 50  # of each part; of several processes fewer, since each starts them anew
SETTLED_SHARE = 0.5  # growth is counted from here on
BATCH_DOCS = 32
LABELS, CATEGORIES, TOPICS = ("PERSON", "PLACE"), ("news", "sport", "order"), ("money", "travel")

# A closed vocabulary: spaCy keeps each new word for good, outside of `nlp.memory_zone()`.
LETTERS = (
    "abcdefghijklmnop",
    "абвгдежзиклмнопр",
    "αβγδεζηθικλμνξοπ",
    "的一是不了人我在有他这中大来上国",
    "ابتثجحخدذرز",
)
SPECIALS = ("[SEP]", "[MASK]", "🙂", "\u200b", "\t", "e\u0301", "don't", "3,14", "http://example.org/a?b=c", "-" * 60)
LENGTHS = (0, 1, 2, 5, 9, 14, 22, 40, 90, 300)  # words; some texts are longer than a window


# Each in a process of its own


def stream(encoder: str, n_docs: str, n_process: str) -> dict:
    """Annotate with all components, and let go of every Doc."""
    with tempfile.TemporaryDirectory() as folder:
        make_pipeline(encoder).to_disk(folder)
        nlp = spacy.load(folder)
    warnings.filterwarnings("ignore", message=r"\[W109\]")  # vectors don't travel between processes, nor their hooks
    samples, begin = [], time.perf_counter()
    size = int(n_docs) // (N_SAMPLES if n_process == "1" else 5)
    texts = make_texts(random.Random(0))
    for n_done in range(size, int(n_docs) + 1, size):
        docs = nlp.pipe(itertools.islice(texts, size), batch_size=256, n_process=int(n_process))
        n_tokens = sum(len(doc) for doc in docs)
        samples.append({"docs": n_done, "tokens": n_tokens, **held(nlp)})
    return summary(samples, begin)


def training(encoder: str, n_steps: str) -> dict:
    """Train on new Examples in each step."""
    nlp, sgd, chance = make_pipeline(encoder), create_adamw_v1(encoder_learn_rate=2e-4), random.Random(1)
    samples, begin = [], time.perf_counter()
    every = max(int(n_steps) // N_SAMPLES, 1)
    for step in range(1, int(n_steps) + 1):
        nlp.update(make_batch(nlp, chance), sgd=sgd)
        if step % every == 0:
            samples.append({"steps": step, **held(nlp)})
    return summary(samples, begin)


PARTS = {"stream": stream, "training": training}


def held(nlp: Language) -> dict:
    gc.collect()
    in_use, free = heap_mib()
    return {
        "resident_mib": resident_mib(),
        "in_use_mib": in_use,
        "free_mib": free,
        "open_files": open_files(),
        "objects": len(gc.get_objects()),
        "strings": len(nlp.vocab.strings),
    }


def summary(samples: list[dict], begin: float) -> dict:
    """What grew in the second half, and what remains once the C library has given back what is free."""
    seconds = round(time.perf_counter() - begin, 1)
    settled = samples[int(SETTLED_SHARE * len(samples)) - 1]
    growth = {name: round(samples[-1][name] - settled[name], 1) for name in held_names(settled)}
    trim_heap()
    return {"seconds": seconds, "growth": growth, "after_trim_mib": resident_mib(), "samples": samples}


def held_names(sample: dict) -> list[str]:
    return [name for name in sample if name not in ("docs", "tokens", "steps")]


# What they work on


def make_pipeline(encoder: str) -> Language:
    """All components, vectors kept on the Docs, initialized."""
    spacy.util.fix_random_seed(0)
    nlp = spacy.blank("xx")
    nlp.add_pipe("bert_encoder", config={"keep": "tokens", "model": {"name": encoder}})
    nlp.add_pipe("bert_ner", config={"decoder": "crf"})
    nlp.add_pipe("bert_textcat")
    nlp.add_pipe("bert_textcat_multilabel")
    labels = {"bert_textcat": {"labels": CATEGORIES}, "bert_textcat_multilabel": {"labels": TOPICS}}
    nlp.config["initialize"]["components"] = labels
    nlp.initialize(lambda: make_batch(nlp, random.Random(0)))
    return nlp


def make_words() -> list[str]:
    chance = random.Random(0)
    words = ["".join(chance.choices(letters, k=chance.randint(1, 9))) for letters in LETTERS for _ in range(2000)]
    return [*words, *SPECIALS]


def make_texts(chance: random.Random) -> Iterator[str]:
    """Texts of all lengths, in one writing or in several."""
    words = make_words()
    per_letters = 2000
    while True:
        begin = per_letters * chance.randrange(len(LETTERS))
        some = words if chance.random() < 0.2 else [*words[begin : begin + per_letters], *SPECIALS]
        yield " ".join(chance.choices(some, k=chance.choices(LENGTHS, weights=range(len(LENGTHS), 0, -1))[0]))


def make_batch(nlp: Language, chance: random.Random) -> list[Example]:
    texts = itertools.islice(make_texts(chance), BATCH_DOCS)
    return [make_example(nlp.make_doc(text), chance) for text in texts]


def make_example(doc: Doc, chance: random.Random) -> Example:
    tags = [f"U-{chance.choice(LABELS)}" if chance.random() < 0.1 else "O" for _ in doc]
    holds = chance.choice(CATEGORIES)
    cats = {category: float(category == holds) for category in CATEGORIES}
    cats |= {topic: float(chance.random() < 0.3) for topic in TOPICS}
    if doc and not any(token.is_space for token in doc):
        return Example.from_dict(doc, {"entities": tags, "cats": cats})
    return Example.from_dict(doc, {"cats": cats})


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--docs", type=int, default=50_000)
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--encoder", default=ENCODER, help="folder of a checkpoint")
    parser.add_argument("--only", choices=["stream", "processes", "training"], action="append")
    arguments = parser.parse_args()
    parts = {
        "stream": ("stream", arguments.docs, 1),
        "processes": ("stream", arguments.docs // 5, 2),
        "training": ("training", arguments.steps),
    }
    figures: dict = {"encoder": Path(arguments.encoder).name}
    for name, (part, *numbers) in parts.items():
        if arguments.only is None or name in arguments.only:
            figures[name] = fresh(__file__, part, arguments.encoder, *numbers)
            rest = {key: value for key, value in figures[name].items() if key != "samples"}
            print(name, rest, figures[name]["samples"][-1], flush=True)
    save("soak", figures)


if __name__ == "__main__":
    if sys.argv[1:2] and sys.argv[1] in PARTS:
        print(json.dumps(PARTS[sys.argv[1]](*sys.argv[2:])))
    else:
        main()
