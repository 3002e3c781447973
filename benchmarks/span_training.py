"""Contenders for spans: trained by `spacy train`, all with the steps and batches of our recipe of the data."""

import subprocess
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

import spacy
from errors import require
from options import MODELS
from spacy.tokens import Doc, DocBin
from spacy.util import load_config
from spacy_pipelines import CONFIGS
from tasks import CORPUS, PROJECT, read_docs
from thinc.api import Config

from spacy_bert_ext.cli.configs.complete import complete_config

ENCODER = PROJECT / "encoders" / "all-MiniLM-L6-v2"
TRAINED = MODELS / "spans"
KEY = "sc"
# At least 98 % of the spans of GENIA have no more tokens, in training and in development.
NGRAMS = {"@misc": "spacy.ngram_range_suggester.v1", "min_size": 1, "max_size": 6}
QUICKSTART_RATE, PEER_RATE = 5e-5, 2e-4  # see README.md


def pipeline_folder(data: str, contender: str, seed: int, *, again: bool = False) -> Path:
    """Where the trained pipeline lies; it is trained if it is not there, or if it shall be `again`.

    The last weights are taken, for every contender: none is chosen on the data that is scored.
    """
    name = contender.replace(" ", "_").replace(",", "")
    folder = TRAINED / data / f"{name}-{seed}"
    if (folder / "model-last").exists() and not again:
        return folder / "model-last"
    folder.mkdir(parents=True, exist_ok=True)
    config = known_contenders(data)[contender]()
    config["paths"].update({split: str(corpus(data) / f"{split}.spacy") for split in ("train", "dev")})
    config["paths"]["encoder"] = str(ENCODER)
    config["system"]["seed"] = seed
    config["training"]["eval_frequency"] = config["training"]["max_steps"]
    config.to_disk(folder / "config.cfg")
    command = [sys.executable, "-m", "spacy", "train", str(folder / "config.cfg"), "--output", str(folder)]
    begin = time.perf_counter()
    subprocess.run(command, check=True)
    print(f"{data}, {contender}, seed {seed}: trained in {time.perf_counter() - begin:.0f} s", flush=True)
    return folder / "model-last"


def known_contenders(data: str) -> dict[str, Callable[[], Config]]:
    """All that may be trained on a data set."""
    return {**CONTENDERS[data], **(TRIALS if data == "genia" else {})}


def corpus(data: str) -> Path:
    """Of GENIA as the recipe converts it; of WNUT-17 with entities as spans besides."""
    source = require(CORPUS / data / "dev.spacy", f"cd project; python -m spacy project run {data}-convert").parent
    if data == "genia":
        return source
    folder = TRAINED / data / "corpus"
    if not folder.exists():
        folder.mkdir(parents=True)
        for split in ("dev", "train"):
            docs = read_docs(data, split, spacy.blank("en").vocab)
            for doc in docs:
                doc.spans[KEY] = list(doc.ents)
            DocBin(docs=docs).to_disk(folder / f"{split}.spacy")
    return folder


def read_gold(data: str, split: str) -> list[Doc]:
    return list(DocBin().from_disk(corpus(data) / f"{split}.spacy").get_docs(spacy.blank("en").vocab))


def recipe(data: str, *, component: str | None = None, settings: dict | None = None, times: int = 1) -> Config:
    """A recipe of project/, completed; with another component than `bert_ner`, and `times` as many epochs."""
    text = (PROJECT / "configs" / f"{data}.cfg").read_text(encoding="utf8")
    if component is not None:
        text = text.replace("bert_ner", component)
    config = Config().from_str(complete_config(text), interpolate=False)
    config["components"][config["nlp"]["pipeline"][-1]].update(settings or {})
    config["training"]["max_steps"] *= times
    config["training"]["optimizer"]["schedule"]["warmup"] *= times
    return config


def peer(data: str, sizes: dict, *, rate: float = PEER_RATE, times: int = 1) -> Config:
    """spaCy's `spancat` on spacy-transformers, with the recipe's steps, batches and dropout."""
    ours = recipe(data, times=times)["training"]
    config = load_config(CONFIGS / "spancat_spacy_transformers.cfg", interpolate=False)
    config["components"]["spancat"]["suggester"] = sizes
    config["training"].update({key: ours[key] for key in ("max_steps", "batcher", "dropout", "accumulate_gradient")})
    rates = {"initial_rate": rate, "warmup_steps": ours["optimizer"]["schedule"]["warmup"]}
    config["training"]["optimizer"]["learn_rate"].update(rates)
    return config


NESTED = {
    "bert_spancat": partial(recipe, "genia"),
    "bert_spancat, n-grams": partial(recipe, "genia", settings={"suggester": NGRAMS}),
    "spacy-transformers, spancat": partial(peer, "genia", NGRAMS),
}
FLAT = {
    "bert_ner": partial(recipe, "wnut17"),
    "bert_spancat": partial(recipe, "wnut17", component="bert_spancat", settings={"overlap_threshold": 0.9}),
    "bert_spancat_singlelabel": partial(recipe, "wnut17", component="bert_spancat_singlelabel"),
}
CONTENDERS = {"genia": NESTED, "wnut17": FLAT}
# Trained when they are named: whether more epochs or another rate serve a contender better.
TRIALS = {
    "bert_spancat, 20 epochs": partial(recipe, "genia", times=2),
    "spacy-transformers, spancat, 20 epochs": partial(peer, "genia", NGRAMS, times=2),
    "spacy-transformers, spancat, rate 5e-5": partial(peer, "genia", NGRAMS, rate=QUICKSTART_RATE),
    "spacy-transformers, spancat, rate 5e-4": partial(peer, "genia", NGRAMS, rate=5e-4),
}
