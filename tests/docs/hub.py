"""A cache of the Hugging Face hub in which each name that the docs use is a small random checkpoint of its kind."""

from pathlib import Path

import torch
from transformers import AutoConfig, AutoModel, AutoModelForMaskedLM

from tests.checkpoints.classifiers import CATEGORIES, TAGS, make_classifier
from tests.tiny import make_checkpoint

N_POSITIONS = 514  # for windows of 512 pieces, as published checkpoints have
NAMES = {
    "bert": [
        "bert-base-cased",
        "bert-base-uncased",
        "bert-base-chinese",
        "sentence-transformers/all-MiniLM-L6-v2",
        "google-bert/bert-base-cased",
        "google-bert/bert-base-uncased",
        "google-bert/bert-base-chinese",
        "google-bert/bert-base-multilingual-cased",
    ],
    "roberta": ["roberta-base", "FacebookAI/roberta-base", "FacebookAI/xlm-roberta-base", "xlm-roberta-base"],
    "distilbert": ["distilbert-base-uncased", "distilbert/distilbert-base-uncased", "distilbert/distilbert-base-cased"],
    "modernbert": ["answerdotai/ModernBERT-base"],
    "entities": ["dslim/bert-base-NER"],
    "categories": ["distilbert/distilbert-base-uncased-finetuned-sst-2-english", "cardiffnlp/twitter-roberta-base"],
    "answers": ["deepset/minilm-uncased-squad2"],
    "pairs": ["cross-encoder/nli-deberta-v3-small", "cross-encoder/nli-MiniLM2-L6-H768"],
    "relevance": ["cross-encoder/ms-marco-MiniLM-L6-v2"],
}
FINE_TUNED = {
    "entities": ("token-classification", TAGS),
    "categories": ("text-classification", CATEGORIES),
    "answers": ("question-answering", ("start", "end")),
    "pairs": ("text-classification", ("contradiction", "entailment", "neutral")),
    "relevance": ("text-classification", ("LABEL_0",)),
}
COMMIT = "0" * 40


def make_hub(folder: Path) -> Path:
    """Fill the folder as huggingface_hub lays out its cache, and give it."""
    for kind, names in NAMES.items():
        checkpoint = folder / "checkpoints" / kind
        checkpoint.mkdir(parents=True)
        make_encoder_checkpoint(checkpoint, kind) if kind not in FINE_TUNED else make_fine_tuned(checkpoint, kind)
        for name in names:
            cached = folder / ("models--" + name.replace("/", "--"))
            (cached / "snapshots").mkdir(parents=True)
            (cached / "refs").mkdir()
            (cached / "refs" / "main").write_text(COMMIT, encoding="utf8")
            (cached / "snapshots" / COMMIT).symlink_to(checkpoint, target_is_directory=True)
    return folder


def make_encoder_checkpoint(folder: Path, kind: str) -> None:
    """As `make_checkpoint`, with more positions."""
    make_checkpoint(folder, kind)
    torch.manual_seed(0)
    config = AutoConfig.from_pretrained(folder, max_position_embeddings=N_POSITIONS)
    (AutoModel if kind == "bert" else AutoModelForMaskedLM).from_config(config).save_pretrained(folder)


def make_fine_tuned(folder: Path, kind: str) -> None:
    task, names = FINE_TUNED[kind]
    make_classifier(folder, "bert", task, names)
