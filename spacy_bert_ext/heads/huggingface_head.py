"""Heads as transformers builds them, see `huggingface/head.py`, as heads of ours."""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import torch
from thinc.api import Model
from torch import Tensor

from ..encoder.output import Encoded, EncodedDocs, EncodedLongDoc
from ..encoder.shim import EncoderShim
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..huggingface.classifiers import Task
from ..huggingface.config import CONFIG_FILE
from ..huggingface.head import ClassifierHead
from ..huggingface.parts import new_classifier, read_classifier
from ..runtime.torch_shim import TorchShim
from ..sharing.listener import model_of
from .module import HeadModule, grown_linear, write_weights
from .pooling import pool_windows
from .text_classifier import TextClassifierModel
from .text_classifier import forward as forward_texts
from .token_classifier import TokenClassifierModel
from .token_classifier import forward as forward_tokens


class HuggingFaceHead(ClassifierHead, HeadModule):
    def grow(self, names: Sequence[str], *, exclusive: bool) -> None:
        """RAISES (ValueError): The last linear layer does not give the logits."""
        self.replace_output(partial(grown_linear, n_outputs=len(names), exclusive=exclusive), names)

    def write(self, folder: Path) -> None:
        """Write `config.json` of the whole classifier, and the head's weights by the names that they have in it."""
        self.config.to_json_file(folder / CONFIG_FILE)
        write_weights(self.model, folder)


class HuggingFaceTokenHead(HuggingFaceHead):
    def forward(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Logits of token vectors (n_taggable, width): (n_taggable, n_tags)."""
        return self.logits(vectors[None], is_train=is_train)[0]

    def pair_scores(self) -> tuple[Tensor, ...]:
        return ()


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


def read_head(files: SavedFiles, weights: dict[str, Tensor], task: Task) -> HuggingFaceHead:
    """What `write` wrote.

    RAISES (ValueError): `config.json` is damaged, or does not fit the weights.
    """
    return HEADS[task](read_classifier(files, weights, task))


def huggingface_token_classifier(encoder: Model, pooling: str) -> TokenClassifierModel:
    """Like `token_classifier`, with transformers' own head for the encoder's architecture."""
    return _model(
        "huggingface_token_classifier", forward_tokens, encoder, {"pooling": pooling, "crf": False, "casing": False}
    )


def huggingface_text_classifier(encoder: Model) -> TextClassifierModel:
    """Like `text_classifier`, with transformers' own head for the encoder's architecture."""
    return _model("huggingface_text_classifier", forward_texts, encoder, {})


def _model(name: str, forward: Callable, encoder: Model, attrs: dict) -> Model:
    task = "token-classification" if forward is forward_tokens else "text-classification"
    return Model(
        name,
        forward,
        init=init,
        dims={"nO": None, "nI": None},
        attrs={"task": task, **attrs},
        layers=[encoder],
        shims=[TorchShim("head")],
        refs={"encoder": encoder},
    )


def init(model: Model, X: object = None, Y: object = None) -> None:
    encoder = model.get_ref("encoder")
    encoder.initialize()
    model.set_dim("nI", encoder.get_dim("nO"), force=True)
    encoder_model = model_of(encoder)
    if not encoder_model.shims:
        raise ValueError(Errors.B055)
    shim: EncoderShim = encoder_model.shims[0]
    classifier, window_pooling = new_classifier(shim.checkpoint, model.attrs["task"], model.get_dim("nO"))
    configured = encoder_model.shims[0].settings.window_pooling
    if model.attrs["task"] == "text-classification" and configured != window_pooling:
        architecture = type(classifier).__name__
        raise ValueError(Errors.B039.format(architecture=architecture, found=configured, needed=window_pooling))
    model.shims[0].module = HEADS[model.attrs["task"]](classifier)
