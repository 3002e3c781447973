"""All encoders of a pipeline on another device."""

from typing import Any

from spacy.language import Language

from .bert_encoder import BertEncoder
from .bert_head import BertHead


def move_encoders(nlp: Language, device: str) -> None:
    """device (str): Of torch, such as "cuda:1". RAISES (ValueError): It is not there."""
    components: list[tuple[str, Any]] = nlp.pipeline
    for _, pipe in components:
        if isinstance(pipe, BertEncoder) or (isinstance(pipe, BertHead) and pipe.own_encoder() is not None):
            pipe.to(device)
