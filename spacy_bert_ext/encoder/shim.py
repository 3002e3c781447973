"""The loaded encoder: fp32 weights for training, and a copy of them that predicts."""

import copy
import logging
import threading
from dataclasses import dataclass

import torch
from torch import nn

from ..dropout import use_bit_dropout
from ..errors import Errors
from ..folder_bytes import bytes_to_folder, folder_to_bytes, temporary_folder
from ..pieces.tokenize import PieceTokenizer
from ..torch_shim import TorchShim
from .blocked import use_blocked_linear_layers
from .checkpoint import Checkpoint, load_checkpoint
from .device import choose_device, choose_precision, choose_training_precision
from .embedding import PieceEmbedding, use_piece_embedding
from .forks import share_with_forks
from .packed import can_pack, pack_linear_layers

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
    gradient_checkpointing: bool
    window_pooling: str


class EncoderShim(TorchShim):
    """An encoder's weights, tokenizer and device.

    Training and prediction use two module trees, so that predicting never flips the dropout of a shared one. The
    predicting one holds weights in the precision of prediction, linear layers packed for the CPU; what is neither
    converted nor packed it shares. It is made anew after a change.
    """

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__("encoder")
        self.settings = settings
        self.checkpoint: Checkpoint | None = None
        self.tokenize: PieceTokenizer | None = None
        self.prefix: list[int] = []
        self.suffix: list[int] = []
        self.device = torch.device("cpu")
        self.precision = torch.float32
        self.training_precision = torch.float32
        self.n_real_pieces = self.n_padded_pieces = 0  # seen in training, without and with padding
        self._predicting: tuple[int, nn.Module] | None = None
        self._lock = threading.Lock()
        share_with_forks(self)

    def use(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint's weights. Everything is checked before anything is changed.

        RAISES (ValueError): A window longer than the checkpoint takes, an unknown device, precision or `freeze`.
        """
        settings = self.settings
        device = choose_device(settings.device)
        prefix, suffix = checkpoint.special_pieces()
        _check_windows(settings, checkpoint, len(prefix) + len(suffix))
        module = checkpoint.module
        _set_frozen(module, settings.freeze)
        if settings.gradient_checkpointing:
            _checkpoint_gradients(module)
        module.train()
        tokenize = PieceTokenizer(checkpoint.tokenizer.backend_tokenizer)
        self._place(module, device, settings.precision)
        self.checkpoint, self.tokenize = checkpoint, tokenize
        self.prefix, self.suffix = prefix, suffix

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
        if device.type == "cpu":
            # On other devices these layers compute what those did that they replace: there they may stay.
            use_piece_embedding(module, module.get_input_embeddings())
            use_bit_dropout(module)
            if training_precision == torch.bfloat16:
                use_blocked_linear_layers(module)
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
        kept = {}
        for parameter in self.module.parameters():
            same = self.precision == torch.float32
            converted = parameter if same else nn.Parameter(parameter.detach().to(self.precision), requires_grad=False)
            kept[id(parameter)] = converted
        module = copy.deepcopy(self.module, kept)
        if can_pack(self.device, self.precision):
            pack_linear_layers(module)
        return module.eval()

    def to_bytes(self) -> bytes:
        """The checkpoint's files, for components of spaCy's that have an encoder of their own."""
        with temporary_folder() as folder:
            if self.checkpoint is not None:
                self.checkpoint.save(folder)
            return folder_to_bytes(folder)

    def from_bytes(self, bytes_data: bytes) -> "EncoderShim":
        with temporary_folder() as folder:
            bytes_to_folder(bytes_data, folder)
            if any(folder.iterdir()):
                self.use(load_checkpoint(str(folder)))
        return self

    def clear_gradients(self) -> None:
        for part in self.module.modules():
            if isinstance(part, PieceEmbedding):
                part.clear_gradient()
        super().clear_gradients()

    def __getstate__(self) -> dict:
        return {key: value for key, value in self.__dict__.items() if key not in ("_lock", "_predicting")}

    def __setstate__(self, state: dict) -> None:
        super().__setstate__(state)
        self._predicting = None
        self._lock = threading.Lock()
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
    if not 0 <= settings.overlap_pieces <= capacity // 2:
        raise ValueError(
            Errors.B006.format(
                overlap=settings.overlap_pieces, window=settings.window_pieces, capacity=capacity, limit=capacity // 2
            )
        )


def _set_frozen(module: nn.Module, freeze: str | int) -> None:
    """`none`, `embeddings`, `all`, or how many of the lowest layers (embeddings included) keep their weights."""
    layers = _layers_of(module)
    if freeze == "none":
        frozen = []
    elif freeze == "all":
        frozen = [module]
    elif freeze == "embeddings" or (isinstance(freeze, int) and 0 <= freeze <= len(layers)):
        n_layers = freeze if isinstance(freeze, int) else 0
        embeddings = [child for name, child in module.named_children() if name == "embeddings"]
        frozen = (embeddings or [module.get_input_embeddings()]) + layers[:n_layers]
    else:
        allowed = f'"none", "embeddings", "all", or a number of layers from 0 to {len(layers)}'
        raise ValueError(Errors.B010.format(found=freeze, setting="freeze", allowed=allowed))
    # No head reads the pooler: with all that is below it frozen, nothing is left to learn.
    pooler = [child for name, child in module.named_children() if name == "pooler"]
    for part in frozen + pooler:
        part.requires_grad_(False)


def _layers_of(module: nn.Module) -> list[nn.Module]:
    n_layers = getattr(module.config, "num_hidden_layers", 0)
    for part in module.modules():
        if isinstance(part, nn.ModuleList) and len(part) == n_layers:
            return list(part)
    return []


def _checkpoint_gradients(module: nn.Module) -> None:
    try:
        module.gradient_checkpointing_enable(gradient_checkpointing_kwargs={"use_reentrant": False})
    except ValueError as error:
        raise ValueError(Errors.B013.format(architecture=type(module).__name__)) from error
