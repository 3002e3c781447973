"""The encoder as a thinc Model: Docs in, vectors out, gradients back into the weights."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

import torch
from spacy.tokens import Doc
from thinc.api import Model

from ..errors import Errors
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.loading import load_checkpoint
from ..runtime.memory import advice_for_training
from ..runtime.surroundings import in_own_surroundings
from .device import check_precision
from .encode import encode, encode_with_gradients
from .lora import check_peft
from .output import Encoded
from .shim import EncoderSettings, EncoderShim

DEFAULT_MAX_BATCH_PIECES = 8192

EncoderModel = Model[Sequence[Doc], Encoded]


def bert_encoder(settings: EncoderSettings) -> EncoderModel:
    """A model without weights: `initialize` loads them by name, `use_checkpoint` takes loaded ones."""
    return Model(
        "bert_encoder",
        forward,
        init=init,
        dims={"nO": None},
        attrs={"max_batch_pieces": DEFAULT_MAX_BATCH_PIECES},
        shims=[EncoderShim(settings)],
    )


@in_own_surroundings
def forward(model: EncoderModel, docs: Sequence[Doc], is_train: bool) -> tuple[Encoded, Callable[[object], list]]:
    shim: EncoderShim = model.shims[0]
    if is_train:
        shim.prepare_training()
    if not (is_train and shim.trainable_parameters()):
        return encode_docs(model, docs), _no_backprop
    inner = encode_with_gradients(shim, docs, model.attrs["max_batch_pieces"])
    leaves = inner.leaves()

    @in_own_surroundings
    def backprop(_: object = None) -> list:
        """Send on what has been left in the leaves' `.grad`."""
        pairs = ((inner.piece_vectors, leaves.piece_vectors), (inner.window_vectors, leaves.window_vectors))
        reached = [(output, leaf.grad) for output, leaf in pairs if leaf.grad is not None and output.requires_grad]
        if reached:
            outputs, gradients = zip(*reached)
            with advice_for_training(shim.device, len(inner.pieces.ids)):
                torch.autograd.backward(outputs, gradients)
        return []

    return leaves, backprop


@in_own_surroundings
def encode_docs(model: EncoderModel, docs: Sequence[Doc], *, mean_layers: Sequence[int] | None = None) -> Encoded:
    """What `model.predict` gives; with `mean_layers`, also what stays on Docs, see `LayerMeans`.

    RAISES (ValueError): The model has no weights.
    """
    shim: EncoderShim = model.shims[0]
    if shim.module is None:
        raise ValueError(Errors.B021.format(name=model.name))
    return encode(shim, docs, model.attrs["max_batch_pieces"], partial(_remember, model), mean_layers)


@in_own_surroundings
def init(model: EncoderModel, X: object = None, Y: object = None) -> None:
    """Load the checkpoint, also in the place of weights that are there: initialization begins anew."""
    settings: EncoderSettings = model.shims[0].settings
    if settings.lora_rank:
        check_peft()
    try:
        checkpoint = load_checkpoint(settings.name, revision=settings.revision, pieces_from=settings.pieces_from)
    except ValueError as error:
        if model.shims[0].module is None:
            raise
        raise ValueError(Errors.B230.format(name=settings.name, reason=error)) from error
    use_checkpoint(model, checkpoint)


@in_own_surroundings
def use_checkpoint(model: EncoderModel, checkpoint: Checkpoint) -> None:
    """Give the model a checkpoint's weights."""
    model.shims[0].use(checkpoint)
    model.set_dim("nO", checkpoint.width, force=True)


@in_own_surroundings
def move_to(model: EncoderModel, device: str, precision: str | None) -> None:
    """Change the `device` of a model and, unless None, its `precision`; move the weights, if there are any.

    RAISES (ValueError): An unknown device or precision; nothing has changed then.
    """
    settings: EncoderSettings = model.shims[0].settings
    settings = replace(settings, device=device, precision=settings.precision if precision is None else precision)
    check_precision(settings.precision)
    model.shims[0].move(settings)


def _remember(model: EncoderModel, max_batch_pieces: int) -> None:
    model.attrs["max_batch_pieces"] = max_batch_pieces


def _no_backprop(_: object = None) -> list:
    return []
