"""Contenders that run transformers' `pipeline()`, once for entities and once for categories: by itself and in spaCy."""

import warnings
from collections.abc import Sequence
from pathlib import Path

import spacy
import torch
from plain_model import TEXT_FOLDER, TOKEN_FOLDER
from plain_prediction import OVERLAP_PIECES
from scoring import Annotation
from spacy.language import Language
from transformers import pipeline
from transformers.utils import logging

logging.set_verbosity_error()  # `pipeline()` tells its device

BATCH_SIZE = 32  # texts; neither sorts by length, so that larger batches pad more


class TransformersPipelines:
    """folder (Path): Where the plain contender has saved its heads."""

    def __init__(self, folder: Path, device: torch.device) -> None:
        options = {"device": device, "batch_size": BATCH_SIZE}
        self.find_entities = pipeline(
            TOKEN_FOLDER,
            model=str(folder / TOKEN_FOLDER),
            aggregation_strategy="simple",
            stride=OVERLAP_PIECES,
            **options,
        )
        self.find_category = pipeline(TEXT_FOLDER, model=str(folder / TEXT_FOLDER), truncation=True, **options)

    def run(self, texts: Sequence[str]) -> None:
        self.annotate(texts)

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        texts = list(texts)
        return [
            Annotation({(ent["start"], ent["end"], ent["entity_group"]) for ent in entities}, category["label"])
            for entities, category in zip(self.find_entities(texts), self.find_category(texts), strict=True)
        ]


def build_spacy_huggingface_pipelines(folder: Path) -> Language:
    """Both pipes of spacy-huggingface-pipelines. They follow spaCy's device, and can't be saved with a pipeline."""
    nlp = spacy.blank("en")
    token_settings = {
        "model": str(folder / TOKEN_FOLDER),
        "stride": OVERLAP_PIECES,
        # The encoder's words may be parts of spaCy's tokens; "strict" would skip them.
        "alignment_mode": "expand",
        "kwargs": {"batch_size": BATCH_SIZE},
    }
    # It tells of every entity that overlaps another.
    warnings.filterwarnings("ignore", message="Skipping annotation")
    nlp.add_pipe("hf_token_pipe", config=token_settings)
    nlp.add_pipe("hf_text_pipe", config={"model": str(folder / TEXT_FOLDER)})
    return nlp
