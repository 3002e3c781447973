"""Vectors of masked pieces → logits over the vocabulary, by transformers' own head for the encoder's architecture."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar, NamedTuple, TypeAlias

import torch
from thinc.api import Model
from torch import Tensor
from torch.nn import functional

from ..arrays.ragged import starts_of
from ..arrays.transfer import to_device
from ..encoder.output import Encoded, EncodedLongDoc
from ..encoder.readings import MaskedDocs, MaskedPairs
from ..encoder.saved_checkpoint import SavedCheckpoint
from ..encoder.shim import EncoderShim, encoder_shim_of
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.config import CONFIG_FILE
from ..huggingface.head import ClassifierHead
from ..huggingface.language_models import (
    assemble_language_model,
    check_next_sentences,
    first_names,
    load_language_model,
    new_language_model,
    projection_of,
    read_language_model,
)
from ..huggingface.types import PreTrainedModel
from ..kernels.blocked import STEP_ROWS
from ..types import Ints1d
from .model import Head, HeadModel
from .module import HeadModule, write_weights


class MaskedScores(NamedTuple):
    """Logits of the pieces that are to be predicted, and what they are: (n_masked,).

    logits: (n_rows, n_vocabulary), of which those after the first `n_masked` rows are padding.
    next_logits: Of each pair of segments, that the second one is the next, and that it is not: (n_pairs, 2). None
        without pairs.
    next_labels: Which is right, 0 or 1: (n_pairs,).
    """

    logits: Tensor
    targets: Ints1d
    next_logits: Tensor | None = None
    next_labels: Ints1d | None = None


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
        if not len(vectors):  # a pooler, whose output is not used here, needs a first piece
            return self.logits(vectors.new_zeros((1, 1, self.width)), is_train=is_train)[0, :0]
        return self.logits(vectors[None], is_train=is_train).flatten(0, 1)  # whose gradient is no copy

    def next_sentences(self, windows: Tensor, *, is_train: bool) -> Tensor:
        """Logits of windows with two segments, (n_windows, width), after `forward`: (n_windows, 2)."""
        model = self.model if is_train else self._evaluating[0]
        vectors = windows[:, None]
        mask = torch.ones(vectors.shape[:2], dtype=torch.long, device=windows.device)
        logits: Tensor = model(inputs_embeds=vectors, attention_mask=mask).seq_relationship_logits
        return logits

    def whole(self, encoder: PreTrainedModel, name: str) -> PreTrainedModel:
        """Together with an encoder, see `assemble_language_model`."""
        return assemble_language_model(self.model, encoder, name)

    def write(self, folder: Path) -> None:
        """Write `config.json` of the whole, and the head's weights, each once."""
        self.config.to_json_file(folder / CONFIG_FILE)
        write_weights(self.model, folder, leave_out=first_names(self.model))


@dataclass
class LanguageModelHead(Head[LanguageModelModule, MaskedScores]):
    """Predicts what stood where pieces are masked. Only these pass the projection to the vocabulary.

    next_sentence: Whether it tells next sentences, too. Its component says so.
    """

    next_sentence: bool = False

    name: ClassVar[str] = "language_model"
    reads_docs: ClassVar[bool] = False

    def new_module(self, width: int, n_outputs: int) -> LanguageModelModule:
        """RAISES (ValueError): Always: the encoder's checkpoint is needed."""
        raise ValueError(Errors.B488)

    def module_for(self, encoder: Model[Any, Any], width: int, n_outputs: int) -> LanguageModelModule:
        if not encoder.shims:
            raise ValueError(Errors.B488)
        shim = encoder_shim_of(encoder)
        return language_model_of(shim, next_sentence=self.next_sentence)

    def read_module(self, files: SavedFiles, weights: dict[str, Tensor]) -> LanguageModelModule:
        """RAISES (ValueError): `config.json` is damaged, or does not fit the weights."""
        return LanguageModelModule(read_language_model(files, weights))

    def scores(
        self, module: LanguageModelModule, texts: MaskedDocs, encoded: Encoded, *, is_train: bool
    ) -> MaskedScores:
        masked, shim = texts.planned
        vectors = padded_rows(torch.cat(list(vectors_at(masked.places, encoded))))
        precision = shim.training_precision if is_train else shim.precision
        low = precision in (torch.bfloat16, torch.float16)
        with torch.autocast(encoded.device.type, dtype=precision if low else None, enabled=low):
            logits = module(vectors.float(), texts.projection(is_train=is_train), is_train=is_train)
            read = texts.read if isinstance(texts, MaskedPairs) else None
            # A Doc whose vectors come in parts is none of a pair, which one window holds.
            if read is None or not len(read.pairs) or isinstance(encoded, EncodedLongDoc):
                return MaskedScores(logits, masked.targets)
            places = to_device(starts_of(encoded.windows_per_doc)[read.pairs], encoded.device)
            windows = encoded.window_vectors.index_select(0, places)
            next_logits = module.next_sentences(windows.float(), is_train=is_train)
        return MaskedScores(logits, masked.targets, next_logits, read.labels)

    def tensors(self, scores: MaskedScores) -> tuple[Tensor, ...]:
        return (scores.logits,) if scores.next_logits is None else (scores.logits, scores.next_logits)


def language_model_of(shim: EncoderShim, *, next_sentence: bool = False) -> LanguageModelModule:
    """The head of the checkpoint that an encoder was loaded from, or a new one where it has none.

    next_sentence (bool): Whether it tells next sentences, too. Where the checkpoint has but a language model, that part
        of the head is new.
    RAISES (ValueError): The architecture has no such heads.
    """
    checkpoint, settings = shim.loaded.checkpoint, shim.settings
    if next_sentence:
        check_next_sentences(checkpoint, settings.name)
    is_saved = isinstance(checkpoint, SavedCheckpoint)  # with a pipeline, which has the encoder alone
    if is_saved or checkpoint.is_untrained:
        return _new_module(checkpoint, None, next_sentence=next_sentence)
    found = load_language_model(settings.name, settings.revision, next_sentence=next_sentence)
    if found is not None:
        return LanguageModelModule(found)
    masked = load_language_model(settings.name, settings.revision) if next_sentence else None
    return _new_module(checkpoint, masked, next_sentence=next_sentence)


def _new_module(checkpoint: Checkpoint, masked: PreTrainedModel | None, *, next_sentence: bool) -> LanguageModelModule:
    """masked (PreTrainedModel): A part of it that there is already."""
    module = LanguageModelModule(new_language_model(checkpoint, next_sentence=next_sentence))
    if masked is not None:
        module.model.load_state_dict(masked.state_dict(), strict=False)
    module.is_new = masked is None
    return module


def padded_rows(vectors: Tensor) -> Tensor:
    """Filled up to a multiple of STEP_ROWS. For each number of rows that torch's CPU kernels meet they keep memory for
    the whole vocabulary: with as many numbers as there are batches, that would be gigabytes.
    """
    return functional.pad(vectors, (0, 0, 0, -len(vectors) % STEP_ROWS)) if vectors.device.type == "cpu" else vectors


def vectors_at(places: Ints1d, encoded: Encoded) -> Iterable[Tensor]:
    """Of pieces: (n, width) of each part."""
    start = 0
    for part in encoded.parts():
        stop = start + len(part.pieces.ids)
        within = places[(places >= start) & (places < stop)] - start
        yield part.piece_vectors.index_select(0, to_device(within, encoded.device))
        start = stop
