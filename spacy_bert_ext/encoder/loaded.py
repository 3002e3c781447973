"""What an encoder has once there are weights, and what is done with these before they learn."""

from dataclasses import dataclass

from ..errors import Errors
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.types import PreTrainedModel
from ..pieces.special_pieces import SpecialPieces
from ..pieces.tokenizers import Tokenize
from .backends.backend import Backend
from .fast_layers import checkpoint_gradients
from .freezing import Freezing
from .lora import linear_layers
from .settings import EncoderSettings


@dataclass
class LoadedEncoder:
    """What an encoder has once there are weights.

    tokenize: Docs to pieces.
    special: What stands around the texts of a window.
    limit: The longest window that the checkpoint takes, or None.
    freezing: Which weights learn, by the count of optimizer steps. It begins anew with weights that are loaded.
    """

    checkpoint: Checkpoint
    tokenize: Tokenize
    special: SpecialPieces
    limit: int | None
    freezing: Freezing
    backend: Backend


def prepare_to_train(module: PreTrainedModel, settings: EncoderSettings, freezing: Freezing) -> None:
    """Everything is checked before anything is changed.

    RAISES (ValueError): `lora_rank` where all layers are frozen for good.
    """
    if settings.lora_rank and not linear_layers(module, freezing):
        raise ValueError(Errors.B082.format(rank=settings.lora_rank, freeze=settings.freeze))
    freezing.apply(module, 0)
    if settings.gradient_checkpointing:
        checkpoint_gradients(module)
    module.train()
