"""Heads as transformers builds them, see `huggingface/head.py`, as heads of ours."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import torch
from thinc.api import Model
from torch import Tensor

from ..encoder.output import Encoded, EncodedDocs, EncodedLongDoc
from ..encoder.shim import encoder_shim_of
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..huggingface.classifiers import Task
from ..huggingface.config import CONFIG_FILE
from ..huggingface.head import ClassifierHead
from ..huggingface.parts import new_classifier, read_classifier
from ..huggingface.types import PreTrainedModel
from .model import Head
from .module import HeadModule, TagModule, grown_linear, write_weights
from .pooling import pool_windows
from .text_classifier import TextHead
from .token_classifier import TokenHead


class HuggingFaceHead(ClassifierHead, HeadModule):
    def grow(self, names: Sequence[str], *, exclusive: bool) -> None:
        """RAISES (ValueError): The last linear layer does not give the logits."""
        self.replace_output(partial(grown_linear, n_outputs=len(names), exclusive=exclusive), names)

    def write(self, folder: Path) -> None:
        """Write `config.json` of the whole classifier, and the head's weights by the names that they have in it."""
        self.config.to_json_file(folder / CONFIG_FILE)
        write_weights(self.model, folder)


class HuggingFaceTokenHead(HuggingFaceHead, TagModule):
    def forward(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Logits of token vectors (n_taggable, width): (n_taggable, n_tags)."""
        return self.logits(vectors[None], is_train=is_train)[0]


class HuggingFaceTextHead(HuggingFaceHead):
    def forward(self, encoded: Encoded, *, is_train: bool) -> Tensor:
        """Logits of Docs, (n_docs, n_labels): those of their windows, averaged by the pieces that a window owns."""
        if not isinstance(encoded, EncodedLongDoc):
            return self._logits(encoded, is_train=is_train)
        parts = [(self._logits(part, is_train=is_train), float(part.pieces.per_doc[0])) for part in encoded.parts()]
        n_pieces = sum(weight for _, weight in parts)
        return torch.stack([logits * (weight / n_pieces) for logits, weight in parts]).sum(0)

    def _logits(self, encoded: EncodedDocs, *, is_train: bool) -> Tensor:
        return pool_windows(self.logits(encoded.window_vectors.float()[:, None], is_train=is_train), encoded)


HEADS: dict[Task, type[HuggingFaceHead]] = {
    "token-classification": HuggingFaceTokenHead,
    "text-classification": HuggingFaceTextHead,
}


class _OfTransformers(Head[Any, Any]):
    """What transformers makes is made by the config of the encoder's checkpoint.

    task: As the Hugging Face hub names it.
    """

    task: ClassVar[Task]

    def new_module(self, width: int, n_outputs: int) -> HuggingFaceHead:
        """RAISES (ValueError): Always: the encoder's checkpoint is needed."""
        raise ValueError(Errors.B055)

    def module_for(self, encoder: Model[Any, Any], width: int, n_outputs: int) -> HuggingFaceHead:
        if not encoder.shims:
            raise ValueError(Errors.B055)
        shim = encoder_shim_of(encoder)
        classifier, window_pooling = new_classifier(shim.loaded.checkpoint, self.task, n_outputs)
        self.check_window_pooling(shim.settings.window_pooling, window_pooling, classifier)
        return HEADS[self.task](classifier)

    def check_window_pooling(self, found: str, needed: str, classifier: PreTrainedModel) -> None:
        """RAISES (ValueError): The head reads something else of a window than the encoder gives."""

    def read_module(self, files: SavedFiles, weights: dict[str, Tensor]) -> HuggingFaceHead:
        """RAISES (ValueError): `config.json` is damaged, or does not fit the weights."""
        return HEADS[self.task](read_classifier(files, weights, self.task))


@dataclass
class HuggingFaceTokenClassifier(_OfTransformers, TokenHead[HuggingFaceTokenHead]):
    """Like `TokenClassifier`, with transformers' own head for the encoder's architecture."""

    name: ClassVar[str] = "huggingface_token_classifier"
    task: ClassVar[Task] = "token-classification"


@dataclass
class HuggingFaceTextClassifier(_OfTransformers, TextHead[HuggingFaceTextHead]):
    """Like `TextClassifier`, with transformers' own head for the encoder's architecture."""

    name: ClassVar[str] = "huggingface_text_classifier"
    task: ClassVar[Task] = "text-classification"

    def check_window_pooling(self, found: str, needed: str, classifier: PreTrainedModel) -> None:
        if found != needed:
            architecture = type(classifier).__name__
            raise ValueError(Errors.B039.format(architecture=architecture, found=found, needed=needed))
