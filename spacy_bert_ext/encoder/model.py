"""The encoder as a thinc Model: Docs in, vectors out, gradients back into the weights."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from typing import TypeAlias

import torch
from spacy.tokens import Doc
from thinc.api import Model

from ..errors import Errors
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.loading import load_checkpoint
from ..huggingface.untrained import untrained_checkpoint
from ..pieces.batches import Batches
from ..runtime.contention import watching
from ..runtime.memory import advice_for_training
from ..runtime.surroundings import in_own_surroundings
from ..runtime.threads import threads_set
from .device import check_precision
from .lora import check_peft
from .output import Encoded
from .predict import predict
from .readings import Texts, plan_texts
from .settings import EncoderSettings
from .shim import EncoderShim, encoder_shim_of
from .train import encode_with_gradients

DEFAULT_MAX_BATCH_PIECES = 8192

EncoderModel: TypeAlias = Model[Texts, Encoded]

_MAX_BATCH_PIECES = "max_batch_pieces"  # in `model.attrs`, which are saved with models of spaCy's


def bert_encoder(settings: EncoderSettings) -> EncoderModel:
    """A model without weights: `initialize` loads them by name, `use_checkpoint` takes loaded ones."""
    return Model(
        "bert_encoder",
        forward,
        init=init,
        dims={"nO": None},
        attrs={_MAX_BATCH_PIECES: DEFAULT_MAX_BATCH_PIECES},
        shims=[EncoderShim(settings)],
    )


def max_batch_pieces_of(model: EncoderModel) -> int:
    """Padded pieces that are encoded at once in prediction."""
    max_batch_pieces: int = model.attrs[_MAX_BATCH_PIECES]
    return max_batch_pieces


def set_max_batch_pieces(model: EncoderModel, max_batch_pieces: int) -> None:
    model.attrs[_MAX_BATCH_PIECES] = max_batch_pieces


@in_own_surroundings
def forward(model: EncoderModel, texts: Texts, is_train: bool) -> tuple[Encoded, Callable[[object], list[Doc]]]:
    return forward_batches(model, plan_for(model, texts), is_train)


@in_own_surroundings
def forward_batches(
    model: EncoderModel, batches: Batches, is_train: bool
) -> tuple[Encoded, Callable[[object], list[Doc]]]:
    """As the model does with Docs: vectors, and what sends back the gradients that are left with them.

    batches (Batches): Such as `plan_docs` and `plan_pairs` make.
    """
    shim = encoder_shim_of(model)
    if is_train:
        shim.prepare_training()
    if not (is_train and shim.trainable_parameters()):
        return _predict(model, batches), _no_backprop
    with threads_set(shim.settings.threads):
        inner = encode_with_gradients(shim, batches, max_batch_pieces=max_batch_pieces_of(model))
    leaves = inner.leaves()

    @in_own_surroundings
    def backprop(_: object = None) -> list[Doc]:
        """Send on what has been left in the leaves' `.grad`."""
        pairs = ((inner.piece_vectors, leaves.piece_vectors), (inner.window_vectors, leaves.window_vectors))
        reached = [(output, leaf.grad) for output, leaf in pairs if leaf.grad is not None and output.requires_grad]
        if reached:
            outputs, gradients = zip(*reached)
            device, n_pieces = shim.device, len(inner.pieces.ids)
            threads = threads_set(shim.settings.threads)
            with threads, advice_for_training(device, n_pieces), watching(device, n_pieces, fixed=True):
                torch.autograd.backward(outputs, gradients)
        return []

    return leaves, backprop


@in_own_surroundings
def encode_docs(model: EncoderModel, texts: Texts, *, mean_layers: Sequence[int] | None = None) -> Encoded:
    """What `model.predict` gives; with `mean_layers`, also what stays on Docs, see `LayerMeans`.

    RAISES (ValueError): The model has no weights.
    """
    return _predict(model, plan_for(model, texts), mean_layers)


def plan_for(model: EncoderModel, texts: Texts) -> Batches:
    """The batches of Docs, or of what a head reads of them.

    RAISES (ValueError): The model has no weights.
    """
    require_weights(model)
    return plan_texts(encoder_shim_of(model), texts)


def require_weights(model: EncoderModel) -> None:
    """RAISES (ValueError): There are none."""
    if encoder_shim_of(model).module is None:
        raise ValueError(Errors.B021.format(name=model.name))


def _predict(model: EncoderModel, batches: Batches, mean_layers: Sequence[int] | None = None) -> Encoded:
    shim = encoder_shim_of(model)
    with threads_set(shim.settings.threads):
        return predict(
            shim,
            batches,
            max_batch_pieces=max_batch_pieces_of(model),
            remember=partial(set_max_batch_pieces, model),
            mean_layers=mean_layers,
        )


def init(model: EncoderModel, X: object = None, Y: object = None) -> None:
    """Load the checkpoint, also in the place of weights that are there: initialization begins anew."""
    load(model)


@in_own_surroundings
def load(model: EncoderModel, *, random_weights: bool = False) -> None:
    """As `init`; with `random_weights`, config and tokenizer of the checkpoint alone, see `untrained_checkpoint`."""
    shim = encoder_shim_of(model)
    settings = shim.settings
    if settings.lora_rank:
        check_peft()
    try:
        read = untrained_checkpoint if random_weights else load_checkpoint
        checkpoint = read(settings.name, revision=settings.revision, pieces_from=settings.pieces_from)
    except ValueError as error:
        if shim.module is None:
            raise
        raise ValueError(Errors.B230.format(name=settings.name, reason=error)) from error
    use_checkpoint(model, checkpoint)


@in_own_surroundings
def use_checkpoint(model: EncoderModel, checkpoint: Checkpoint) -> None:
    """Give the model a checkpoint's weights."""
    encoder_shim_of(model).use(checkpoint)
    model.set_dim("nO", checkpoint.width, force=True)


@in_own_surroundings
def move_to(model: EncoderModel, device: str, precision: str | None) -> None:
    """Change the `device` of a model and, unless None, its `precision`; move the weights, if there are any.

    RAISES (ValueError): An unknown device or precision; nothing has changed then.
    """
    shim = encoder_shim_of(model)
    precision = shim.settings.precision if precision is None else precision
    check_precision(precision)
    shim.move(replace(shim.settings, device=device, precision=precision))


def _no_backprop(_: object = None) -> list[Doc]:
    return []
