"""The factories; architectures built from a config; a value other than the default for every setting of an encoder."""

from typing import Any

from spacy.util import registry
from thinc.api import Config

from spacy_bert_ext.encoder.backends.registry import BACKENDS
from spacy_bert_ext.encoder.backends.torch_backend import TorchBackend

BACKENDS.register("tests.other", func=TorchBackend)

FACTORIES = (
    "bert_encoder",
    "bert_ner",
    "bert_textcat",
    "bert_textcat_multilabel",
    "bert_textpair",
    "bert_textpair_score",
    "bert_spancat",
    "bert_spancat_singlelabel",
    "bert_qa",
    "bert_summarizer",
    "bert_pretraining",
)

ENCODER = {
    "name": "some/folder",
    "revision": "v2",
    "window_pieces": 100,
    "overlap_pieces": 7,
    "precision": "bf16",
    "device": "cuda:3",
    "backend": "tests.other",
    "freeze": 2,
    "unfreeze_step": 50,
    "lora_rank": 4,
    "lora_alpha": 6.0,
    "gradient_checkpointing": True,
    "window_pooling": "mean",
    "pieces_from": "text",
    "threads": 3,
    "context_pieces": 5,
}


def build(architecture: str, **settings: Any) -> Any:
    block = {"model": {"@architectures": f"spacy-bert-ext.{architecture}.v1", **settings}}
    return registry.resolve(Config(block))["model"]
