"""The loaded encoder: fp32 weights for training, and a copy of them that predicts."""

import logging
import secrets
from contextlib import closing
from dataclasses import dataclass

import torch
from torch import nn

from ..errors import Errors
from ..files.checksums import CHECKSUMS_FILE, write_checksums
from ..files.contents import BytesContents
from ..files.folder_bytes import bytes_to_files, folder_to_bytes, temporary_folder
from ..files.saved_files import SavedFiles
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.loading import read_checkpoint
from ..kernels.adapters import has_adapters, merged_copy
from ..kernels.blocked import use_blocked_linear_layers
from ..kernels.dropout import use_bit_dropout
from ..kernels.embedding import PieceEmbedding, use_piece_embedding
from ..kernels.packed import can_pack, pack_linear_layers
from ..pieces.tokenizers import Tokenize, tokenizer_for
from ..runtime.forks import Lock, share_with_forks
from ..runtime.surroundings import in_own_surroundings
from ..runtime.torch_shim import TorchShim
from .device import choose_device, choose_precision, choose_training_precision
from .freezing import Freezing
from .lora import add_adapters, linear_layers

logger = logging.getLogger("spacy_bert_ext")


@dataclass(frozen=True)
class EncoderSettings:
    """The settings of `spacy-bert-ext.BertEncoder.v1`; see there."""

    name: str
    revision: str | None
    window_pieces: int
    overlap_pieces: int
    precision: str
    device: str
    freeze: str | int
    unfreeze_step: int | None
    lora_rank: int
    lora_alpha: float | None
    gradient_checkpointing: bool
    window_pooling: str
    pieces_from: str
    context_pieces: int


class EncoderShim(TorchShim):
    """An encoder's weights, tokenizer and device.

    freezing: Which weights learn, by the count of optimizer steps, `n_steps`. It begins anew with weights that are
        loaded, and may be set, to go on with a training that was interrupted.

    Training and prediction use two module trees, so that predicting never flips the dropout of a shared one. The
    predicting one holds weights in the precision of prediction, linear layers packed for the CPU; what is neither
    converted nor packed it shares. It is made anew after a change.
    """

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__("encoder")
        self.settings = settings
        self.checkpoint: Checkpoint | None = None
        self.tokenize: Tokenize | None = None
        self.prefix: list[int] = []
        self.suffix: list[int] = []
        self.device = torch.device("cpu")
        self.precision = torch.float32
        self.training_precision = torch.float32
        self.freezing: Freezing | None = None
        self.n_real_pieces = self.n_padded_pieces = 0  # seen in training, without and with padding
        self._predicting: tuple[int, nn.Module] | None = None
        self._lock = Lock()
        share_with_forks(self)

    def use(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint's weights. Everything is checked before anything is changed.

        RAISES (ValueError): A window longer than the checkpoint takes, an unknown device, precision or `freeze`;
            `lora_rank` where all layers are frozen for good.
        """
        settings = self.settings
        device = choose_device(settings.device)
        prefix, suffix = checkpoint.special_pieces()
        _check_windows(settings, checkpoint, len(prefix) + len(suffix))
        module = checkpoint.module
        freezing = Freezing(module, settings.freeze, settings.unfreeze_step)
        if settings.lora_rank and not linear_layers(module, freezing):
            raise ValueError(Errors.B082.format(rank=settings.lora_rank, freeze=settings.freeze))
        freezing.apply(module, 0)
        if settings.gradient_checkpointing:
            _checkpoint_gradients(module)
        module.train()
        tokenizer = checkpoint.tokenizer
        special = tokenizer.all_special_tokens
        tokenize = tokenizer_for(settings.pieces_from, tokenizer.backend_tokenizer, special=special)
        self._place(module, device, settings.precision)
        self.checkpoint, self.tokenize = checkpoint, tokenize
        self.prefix, self.suffix = prefix, suffix
        self.freezing, self.n_steps = freezing, 0
        self.identity = checkpoint.identity or secrets.token_hex(16)

    def read(self, files: SavedFiles) -> Checkpoint:
        """A saved checkpoint, for `use`.

        RAISES (ValueError): As `read_checkpoint`.
        """
        return read_checkpoint(files, str(files.where), self.settings.pieces_from)

    def plain_module(self) -> nn.Module:
        return self.checkpoint.plain_module()

    def move(self, settings: EncoderSettings) -> None:
        """Move the weights to the device, and to the precisions, of these settings.

        RAISES (ValueError): An unknown device; nothing has changed then.
        """
        device = choose_device(settings.device)
        if self.module is not None:
            self._place(self.module, device, settings.precision)
        self.settings = settings

    def _place(self, module: nn.Module, device: torch.device, precision: str) -> None:
        training_precision = choose_training_precision(precision, device)
        _use_fast_layers(module, device, training_precision)
        module.to(device)
        self.device, self.precision = device, choose_precision(precision, device)
        self.training_precision = training_precision
        self._predicting = None
        self.module = module
        logger.info(
            "%s on %s: predicts in %s, trains in %s",
            type(module).__name__,
            device,
            self.precision,
            self.training_precision,
        )

    def prepare_training(self) -> None:
        """Have those weights learn that are to learn in the next step. The first time, LoRA adds its adapters.

        RAISES (ImportError): LoRA's library is not installed.
        """
        settings = self.settings
        if self.module is None:
            return
        if settings.lora_rank and not has_adapters(self.module):
            with self._lock:  # threads may be about to copy the module, to predict
                self._add_adapters()
        if settings.unfreeze_step is not None:
            self.freezing.apply(self.module, self.n_steps)

    def _add_adapters(self) -> None:
        settings = self.settings
        targets = linear_layers(self.module, self.freezing)
        alpha = 2 * settings.lora_rank if settings.lora_alpha is None else settings.lora_alpha
        add_adapters(self.module, targets, settings.lora_rank, alpha)
        _use_fast_layers(self.module, self.device, self.training_precision)
        self.freezing = Freezing(self.module, settings.freeze, settings.unfreeze_step)
        self.freezing.apply(self.module, self.n_steps)

    def layers_above(self, name: str) -> int:
        """0 for the top layer and what follows it, the number of layers for embeddings."""
        return self.freezing.depths.layers_above(name)

    @property
    def pad_id(self) -> int:
        return self.checkpoint.tokenizer.pad_token_id or 0

    def predicting_module(self) -> nn.Module:
        """The module in evaluation mode and in the precision of prediction, with the weights of now."""
        with self._lock:
            if self._predicting is None or self._predicting[0] != self.version:
                self._predicting = None  # the old one goes before the new one comes
                self._predicting = (self.version, self._make_predicting())
            return self._predicting[1]

    def before_fork(self) -> None:
        if self.module is not None and self.device.type == "cpu":
            self.predicting_module()

    def _make_predicting(self) -> nn.Module:
        module = merged_copy(self.module, self.precision)
        if can_pack(self.device, self.precision):
            pack_linear_layers(module)
        return module.eval()

    def to_bytes(self) -> bytes:
        """The checkpoint's files, for components of spaCy's that have an encoder of their own."""
        with temporary_folder() as folder:
            if self.checkpoint is not None:
                self.checkpoint.save(folder)
                write_checksums(folder, {})
            return folder_to_bytes(folder)

    @in_own_surroundings
    def from_bytes(self, bytes_data: bytes) -> "EncoderShim":
        contents = bytes_to_files(bytes_data)
        if contents:
            with closing(SavedFiles(BytesContents(contents), "encoder", "bytes")) as files:
                files.check_with(files.read_json(CHECKSUMS_FILE))
                checkpoint = self.read(files)
                files.finish()
            self.use(checkpoint)
        return self

    def clear_gradients(self) -> None:
        for part in self.module.modules():
            if isinstance(part, PieceEmbedding):
                part.clear_gradient()
        super().clear_gradients()

    def __getstate__(self) -> dict:
        return {key: value for key, value in self.__dict__.items() if key != "_predicting"}

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self._predicting = None
        share_with_forks(self)


def _check_windows(settings: EncoderSettings, checkpoint: Checkpoint, n_special: int) -> None:
    limit = checkpoint.max_window_pieces
    if limit is not None and settings.window_pieces > limit:
        raise ValueError(Errors.B003.format(found=settings.window_pieces, name=settings.name, limit=limit))
    capacity = settings.window_pieces - n_special
    if capacity < 2:
        raise ValueError(
            Errors.B012.format(
                setting="window_pieces", found=settings.window_pieces, allowed=f"{n_special + 2} or more"
            )
        )
    if not 0 <= settings.context_pieces <= capacity:
        allowed = f"0 to {capacity}, what a window holds besides its special pieces"
        raise ValueError(Errors.B012.format(setting="context_pieces", found=settings.context_pieces, allowed=allowed))
    if not 0 <= settings.overlap_pieces <= capacity // 2:
        raise ValueError(
            Errors.B006.format(
                overlap=settings.overlap_pieces, window=settings.window_pieces, capacity=capacity, limit=capacity // 2
            )
        )


def _use_fast_layers(module: nn.Module, device: torch.device, training_precision: torch.dtype) -> None:
    # On other devices than the CPU these layers compute what those did that they replace: there they may stay.
    if device.type == "cpu":
        use_piece_embedding(module, module.get_input_embeddings())
        use_bit_dropout(module)
        if training_precision == torch.bfloat16:
            use_blocked_linear_layers(module)


def _checkpoint_gradients(module: nn.Module) -> None:
    try:
        module.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    except ValueError as error:
        raise ValueError(Errors.B013.format(architecture=type(module).__name__)) from error
