"""Vectors of masked pieces → logits over the vocabulary, by transformers' own head for the encoder's architecture."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeAlias

import torch
from thinc.api import Model
from torch import Tensor

from ..arrays.transfer import to_device
from ..encoder.output import Encoded
from ..encoder.readings import MaskedDocs
from ..encoder.saved_checkpoint import SavedCheckpoint
from ..encoder.shim import EncoderShim, encoder_shim_of
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..huggingface.config import CONFIG_FILE
from ..huggingface.head import ClassifierHead
from ..huggingface.language_models import (
    assemble_language_model,
    first_names,
    load_language_model,
    new_language_model,
    projection_of,
    read_language_model,
)
from ..huggingface.types import PreTrainedModel
from ..types import Ints1d
from .model import Head, HeadModel
from .module import HeadModule, write_weights


class MaskedScores(NamedTuple):
    """Logits of the pieces that are to be predicted, (n_masked, n_vocabulary), and what they are: (n_masked,)."""

    logits: Tensor
    targets: Ints1d


LanguageModel: TypeAlias = HeadModel[MaskedScores]


class LanguageModelModule(ClassifierHead, HeadModule):
    """model (PreTrainedModel): As `huggingface/language_models.py` gives it.

    is_new: Whether it had no weights of its own, so that it knows nothing yet.
    """

    is_new = False

    @property
    def n_outputs(self) -> int:
        """Size of the vocabulary."""
        return int(self.config.vocab_size)

    def forward(self, vectors: Tensor, weight: Tensor, *, is_train: bool) -> Tensor:
        """Logits of vectors (n, width): (n, n_vocabulary).

        weight (Tensor): Of the encoder's piece embedding, which the projection has as well: (n_vocabulary, ...).
        """
        for model in (self.model, *self._evaluating):
            projection = projection_of(model)
            if projection is not None:
                projection.use(weight)
        return self.logits(vectors[None], is_train=is_train).flatten(0, 1)  # whose gradient is no copy

    def whole(self, encoder: PreTrainedModel, name: str) -> PreTrainedModel:
        """Together with an encoder, see `assemble_language_model`."""
        return assemble_language_model(self.model, encoder, name)

    def write(self, folder: Path) -> None:
        """Write `config.json` of the whole, and the head's weights, each once."""
        self.config.to_json_file(folder / CONFIG_FILE)
        write_weights(self.model, folder, leave_out=first_names(self.model))


@dataclass
class LanguageModelHead(Head[LanguageModelModule, MaskedScores]):
    """Predicts what stood where pieces are masked. Only these pass the projection to the vocabulary."""

    name: ClassVar[str] = "language_model"
    reads_docs: ClassVar[bool] = False

    def new_module(self, width: int, n_outputs: int) -> LanguageModelModule:
        """RAISES (ValueError): Always: the encoder's checkpoint is needed."""
        raise ValueError(Errors.B488)

    def module_for(self, encoder: Model[Any, Any], width: int, n_outputs: int) -> LanguageModelModule:
        if not encoder.shims:
            raise ValueError(Errors.B488)
        shim = encoder_shim_of(encoder)
        return language_model_of(shim)

    def read_module(self, files: SavedFiles, weights: dict[str, Tensor]) -> LanguageModelModule:
        """RAISES (ValueError): `config.json` is damaged, or does not fit the weights."""
        return LanguageModelModule(read_language_model(files, weights))

    def scores(
        self, module: LanguageModelModule, texts: MaskedDocs, encoded: Encoded, *, is_train: bool
    ) -> MaskedScores:
        masked, shim = texts.planned
        vectors = torch.cat(list(vectors_at(masked.places, encoded)))
        precision = shim.training_precision if is_train else shim.precision
        low = precision in (torch.bfloat16, torch.float16)
        with torch.autocast(encoded.device.type, dtype=precision if low else None, enabled=low):
            logits = module(vectors.float(), texts.projection(is_train=is_train), is_train=is_train)
        return MaskedScores(logits, masked.targets)

    def tensors(self, scores: MaskedScores) -> tuple[Tensor, ...]:
        return (scores.logits,)


def language_model_of(shim: EncoderShim) -> LanguageModelModule:
    """The head of the checkpoint that an encoder was loaded from, or a new one where it has none.

    RAISES (ValueError): The architecture has no such heads.
    """
    checkpoint, settings = shim.loaded.checkpoint, shim.settings
    is_saved = isinstance(checkpoint, SavedCheckpoint)  # with a pipeline, which has the encoder alone
    found = None if is_saved or checkpoint.is_untrained else load_language_model(settings.name, settings.revision)
    module = LanguageModelModule(new_language_model(checkpoint) if found is None else found)
    module.is_new = found is None
    return module


def vectors_at(places: Ints1d, encoded: Encoded) -> Iterable[Tensor]:
    """Of pieces: (n, width) of each part."""
    start = 0
    for part in encoded.parts():
        stop = start + len(part.pieces.ids)
        within = places[(places >= start) & (places < stop)] - start
        yield part.piece_vectors.index_select(0, to_device(within, encoded.device))
        start = stop
