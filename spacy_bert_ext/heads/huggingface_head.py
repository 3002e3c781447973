"""Heads as transformers builds them for each architecture, run on vectors that an encoder component has made.

The head is the whole `AutoModelFor...Classification`, whose encoder is replaced by a part that hands on what it is
given. So the head's dense layers, activations, dropout and pooler are transformers' own, whatever the architecture.
"""

import copy
from collections.abc import Callable, Sequence
from itertools import chain
from pathlib import Path

import torch
from thinc.api import Model
from torch import Tensor, nn
from transformers import PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import BaseModelOutputWithPooling

from ..arrays.pooling import WINDOW_POOLINGS, pool_window
from ..encoder.output import Encoded, EncodedDocs, EncodedLongDoc
from ..encoder.shim import EncoderShim
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..huggingface.checkpoint import Checkpoint, Task, classifier_class
from ..huggingface.config import CONFIG_FILE, read_config
from ..huggingface.foreign import first_line
from ..huggingface.probe import FOREIGN_ERRORS, PADDING_PIECES, WINDOW_PIECES, are_same, probe_of
from ..runtime.torch_shim import TorchShim
from ..sharing.listener import model_of
from .module import HeadModule, grown_linear, write_weights
from .pooling import pool_windows
from .text_classifier import TextClassifierModel
from .text_classifier import forward as forward_texts
from .token_classifier import TokenClassifierModel
from .token_classifier import forward as forward_tokens


class _Output(BaseModelOutputWithPooling):
    """What an encoder gives besides, such as Longformer's `global_attentions`, is None."""

    global_attentions = None


class _GivenVectors(nn.Module):
    """Stands where the encoder was.

    pooler: The encoder's, if it has one that is applied to its vectors.
    pooler_activation: ALBERT's, whose pooler is but a linear layer.
    """

    def __init__(self, encoder: nn.Module) -> None:
        super().__init__()
        self.pooler = getattr(encoder, "pooler", None)
        self.pooler_activation = getattr(encoder, "pooler_activation", None)

    def forward(self, *_, inputs_embeds: Tensor, **__) -> BaseModelOutputWithPooling:
        pooled = None
        if self.pooler_activation is not None:
            pooled = self.pooler_activation(self.pooler(inputs_embeds[:, 0]))
        elif self.pooler is not None:
            pooled = self.pooler(inputs_embeds)
        return _Output(last_hidden_state=inputs_embeds, pooler_output=pooled)


class HuggingFaceHead(HeadModule):
    """Maps vectors (n_rows, n_pieces, width) to logits as transformers' model does behind its encoder.

    model (PreTrainedModel): A classifier whose encoder has been replaced; see `take_apart`.
    """

    def __init__(self, model: PreTrainedModel) -> None:
        super().__init__()
        self.model = model.train()
        self._make_evaluating()

    def _make_evaluating(self) -> None:
        # A second tree over the same weights, so that predicting never flips the dropout of a shared one. In a tuple,
        # so that its weights are not counted twice.
        shared = {id(tensor): tensor for tensor in chain(self.model.parameters(), self.model.buffers())}
        self._evaluating = (copy.deepcopy(self.model, shared).eval(),)

    def _apply(self, fn: Callable, recurse: bool = True) -> "HuggingFaceHead":
        super()._apply(fn, recurse)
        self._make_evaluating()
        return self

    @property
    def config(self) -> PretrainedConfig:
        return self.model.config

    @property
    def width(self) -> int:
        return int(self.config.hidden_size)

    @property
    def n_outputs(self) -> int:
        return int(self.config.num_labels)

    def logits(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Of vectors (n_rows, n_pieces, width): (n_rows, n_pieces, n_tags), or (n_rows, n_labels)."""
        model = self.model if is_train else self._evaluating[0]
        mask = torch.ones(vectors.shape[:2], dtype=torch.long, device=vectors.device)
        return model(inputs_embeds=vectors, attention_mask=mask).logits

    def grow(self, names: Sequence[str], *, exclusive: bool) -> None:
        """RAISES (ValueError): The last linear layer does not give the logits."""
        name, last = [(name, part) for name, part in self.model.named_modules() if isinstance(part, nn.Linear)][-1]
        if last.out_features != self.n_outputs:
            raise ValueError(Errors.B023.format(architecture=type(self.model).__name__))
        parent, _, child = name.rpartition(".")
        setattr(self.model.get_submodule(parent), child, grown_linear(last, len(names), exclusive=exclusive))
        # What is there keeps the names that it came with.
        self.set_names([self.config.id2label.get(i, name) for i, name in enumerate(names)])
        self._make_evaluating()

    def set_names(self, names: Sequence[str]) -> None:
        """The names of all outputs, as the config has them: `id2label`."""
        for config in (self.model.config, self._evaluating[0].config):
            config.id2label = dict(enumerate(names))
            config.label2id = {name: i for i, name in enumerate(names)}

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


def take_apart(model: PreTrainedModel, task: Task) -> tuple[nn.Module, HuggingFaceHead, str]:
    """The encoder and the head of a classifier, which together hold its weights, and what the head reads of a window.

    RETURNS (Tuple[Module, HuggingFaceHead, str]): The third is "first" or "mean", see `pool_window`.
    RAISES (ValueError): Parts that are not put together like BERT's give other logits than the whole.
    """
    try:
        parts = _take_apart(model, task)
    except FOREIGN_ERRORS as error:
        raise ValueError(Errors.B038.format(architecture=type(model).__name__)) from error
    if parts is None:
        raise ValueError(Errors.B038.format(architecture=type(model).__name__))
    return parts


@torch.no_grad()
def _take_apart(model: PreTrainedModel, task: Task) -> tuple[nn.Module, HuggingFaceHead, str] | None:
    """The parts, or None if they don't give what the whole gives."""
    model.eval()
    name = model.base_model_prefix
    encoder = getattr(model, name)
    ids, mask = probe_of(model)
    padded_ids, padded_mask = probe_of(model, n_padding=PADDING_PIECES)
    expected = model(input_ids=ids, attention_mask=mask).logits
    vectors = encoder(input_ids=ids, attention_mask=mask).last_hidden_state
    encoder.config = copy.deepcopy(model.config)
    setattr(model, name, _GivenVectors(encoder))
    if getattr(encoder, "pooler", None) is not None:
        encoder.pooler = None
    head = HEADS[task](model)
    # From now on the encoder is run without its pooler, and on windows with padding behind, which must not matter.
    padded = encoder(input_ids=padded_ids, attention_mask=padded_mask).last_hidden_state
    if vectors.shape[2] != head.width or not are_same(padded[:, :WINDOW_PIECES], vectors):
        return None
    for window_pooling in WINDOW_POOLINGS:
        given = vectors if task == "token-classification" else pool_window(vectors, mask, window_pooling)[:, None]
        if are_same(head.logits(given, is_train=False), expected):
            return encoder, head, window_pooling
    return None


def new_head(checkpoint: Checkpoint, task: Task, n_outputs: int) -> tuple[HuggingFaceHead, str]:
    """A head with new weights, as transformers would build it on this encoder; a pooler keeps the encoder's weights.

    RETURNS (Tuple[HuggingFaceHead, str]): And what it reads of a window.
    """
    config = copy.deepcopy(checkpoint.module.config)
    kind = classifier_class(config, task)
    try:
        config.num_labels = n_outputs
        config.num_hidden_layers = 1  # of an encoder that is thrown away
        model = kind(config)
    except FOREIGN_ERRORS as error:
        raise ValueError(Errors.B038.format(architecture=kind.__name__)) from error
    _, head, window_pooling = take_apart(model, task)
    config.num_hidden_layers = checkpoint.module.config.num_hidden_layers
    given = getattr(head.model, head.model.base_model_prefix)
    pooler = getattr(checkpoint.module, "pooler", None)
    if given.pooler is not None and pooler is not None:
        given.pooler.load_state_dict(pooler.state_dict())
    config.architectures = [type(head.model).__name__]
    return head, window_pooling


def read_head(files: SavedFiles, weights: dict[str, Tensor], task: Task) -> HuggingFaceHead:
    """What `write` wrote.

    RAISES (ValueError): `config.json` is damaged, or does not fit the weights.
    """
    config = read_config(files, files.name)
    try:
        with torch.device("meta"):
            model = classifier_class(config, task)(config)
            prefix = model.base_model_prefix
            setattr(model, prefix, _GivenVectors(getattr(model, prefix)))
        model.load_state_dict(weights, assign=True)
    except FOREIGN_ERRORS as error:
        raise files.error(f"the weights don't fit {CONFIG_FILE}: {first_line(error)}") from error
    return HEADS[task](model)


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
    head, window_pooling = new_head(shim.checkpoint, model.attrs["task"], model.get_dim("nO"))
    configured = encoder_model.shims[0].settings.window_pooling
    if model.attrs["task"] == "text-classification" and configured != window_pooling:
        architecture = type(head.model).__name__
        raise ValueError(Errors.B039.format(architecture=architecture, found=configured, needed=window_pooling))
    model.shims[0].module = head
