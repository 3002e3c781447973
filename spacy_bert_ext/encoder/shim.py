"""The loaded encoder: fp32 weights for training, and a back end that predicts with them."""

import logging
import secrets
from contextlib import closing
from pathlib import Path
from typing import Any

import torch
from thinc.api import Model
from torch import nn

from ..errors import Errors
from ..files.checksums import CHECKSUMS_FILE, write_checksums
from ..files.contents import BytesContents
from ..files.folder_bytes import bytes_to_files, folder_to_bytes, temporary_folder
from ..files.saved_files import SavedFiles
from ..huggingface.checkpoint import Checkpoint
from ..huggingface.weightless import is_weightless
from ..kernels.adapters import detached_copy, has_adapters
from ..kernels.embedding import PieceEmbedding
from ..pieces.tokenizers import tokenizer_for
from ..runtime.forks import Lock, share_with_forks
from ..runtime.surroundings import in_own_surroundings
from ..runtime.torch_shim import TorchShim
from .backends.backend import Predictor, Weights
from .backends.devices import device_for
from .backends.registry import new_backend
from .device import choose_device, choose_precision, choose_training_precision
from .fast_layers import use_fast_layers
from .freezing import Freezing
from .loaded import LoadedEncoder, prepare_to_train
from .lora import add_adapters, linear_layers
from .saved_checkpoint import SavedCheckpoint, read_saved_checkpoint, save_checkpoint
from .settings import EncoderSettings

logger = logging.getLogger("spacy_bert_ext")


class EncoderShim(TorchShim):
    """An encoder's weights, tokenizer and device.

    n_steps: May be set, to go on with a training that was interrupted.
    held_steps: Steps in which nothing of the encoder learns: a head with new weights learns alone at first.

    Training and prediction never share a module tree, so that predicting never flips the dropout of a shared one. What
    predicts is made anew after a change of the weights.
    """

    def __init__(self, settings: EncoderSettings) -> None:
        super().__init__("encoder")
        self.settings = settings
        self.device = torch.device("cpu")
        self.precision = torch.float32
        self.training_precision = torch.float32
        self.n_real_pieces = self.n_padded_pieces = 0  # seen in training, without and with padding
        self.held_steps = 0
        self._loaded: LoadedEncoder | None = None
        self._predicting: tuple[int, Predictor] | None = None
        self._lock = Lock()
        share_with_forks(self)

    @property
    def loaded(self) -> LoadedEncoder:
        """RAISES (ValueError): There are no weights yet."""
        if self._loaded is None:
            raise ValueError(Errors.B021.format(name=self.owner))
        return self._loaded

    @property
    def checkpoint(self) -> Checkpoint | None:
        return None if self._loaded is None else self._loaded.checkpoint

    def use(self, checkpoint: Checkpoint) -> None:
        """Take a checkpoint's weights. Everything is checked before anything is changed.

        RAISES (ValueError): A window longer than the checkpoint takes, an unknown device, precision or `freeze`;
            `lora_rank` where all layers are frozen for good; a device on which the back end does not compute.
        """
        settings, module = self.settings, checkpoint.module
        backend = checkpoint.backend if isinstance(checkpoint, SavedCheckpoint) else None
        backend = new_backend(settings.backend) if backend is None else backend
        device = device_for(settings, backend, has_weights=checkpoint.has_weights)
        special, limit = checkpoint.special_pieces(), checkpoint.max_window_pieces
        settings.check_windows(limit, special.n_around)
        freezing = Freezing(module, settings.freeze, settings.unfreeze_step)
        if checkpoint.has_weights:
            prepare_to_train(module, settings, freezing)
        tokenizer = checkpoint.tokenizer
        tokenize = tokenizer_for(
            settings.pieces_from, tokenizer.backend_tokenizer, special=tokenizer.all_special_tokens
        )
        self._place(module, device, settings.precision)
        self._loaded = LoadedEncoder(checkpoint, tokenize, special, limit=limit, freezing=freezing, backend=backend)
        self.n_steps = self.held_steps = 0
        self.made_from = checkpoint.made_from if isinstance(checkpoint, SavedCheckpoint) else None
        self.identity = checkpoint.identity or secrets.token_hex(16)

    def read(self, files: SavedFiles) -> Checkpoint:
        """A saved checkpoint, for `use`.

        RAISES (ValueError): As `read_saved_checkpoint`.
        """
        return read_saved_checkpoint(files, self.settings)

    def save(self, folder: Path) -> None:
        """Write the checkpoint, and files of the back end, into a folder that exists. Nothing without weights."""
        if self._loaded is not None:
            name, weights = self.settings.backend, self.weights()
            save_checkpoint(self._loaded.checkpoint, self._loaded.backend, folder, name=name, weights=weights)

    def plain_module(self) -> nn.Module:
        return self.loaded.checkpoint.plain_module()

    def move(self, settings: EncoderSettings) -> None:
        """Move the weights to the device, and to the precisions, of these settings.

        RAISES (ValueError): An unknown device; nothing has changed then.
        """
        device = choose_device(settings.device)
        if self._loaded is not None and self.module is not None:
            has_weights = self._loaded.checkpoint.has_weights
            device = device_for(settings, self._loaded.backend, has_weights=has_weights)
            self._place(self.module, device, settings.precision)
        self.settings = settings

    def _place(self, module: nn.Module, device: torch.device, precision: str) -> None:
        training_precision = choose_training_precision(precision, device)
        if not is_weightless(module):
            use_fast_layers(module, device, training_precision)
            module.to(device)
        self.device, self.precision = device, choose_precision(precision, device)
        self.training_precision = training_precision
        self._predicting = None
        self.module = module
        kind = type(module).__name__
        logger.info("%s on %s: predicts in %s, trains in %s", kind, device, self.precision, training_precision)

    def prepare_training(self) -> None:
        """Have those weights learn that are to learn in the next step. The first time, LoRA adds its adapters.

        RAISES (ImportError): LoRA's library is not installed.
        RAISES (ValueError): The encoder is int8.
        """
        settings = self.settings
        if self.module is None:
            return
        if self.made_from is not None:
            raise ValueError(Errors.B362.format(purpose="trained"))
        if self.n_steps < self.held_steps:
            self.module.requires_grad_(False)
            return
        if settings.lora_rank and not has_adapters(self.module):
            with self._lock:  # threads may be about to copy the module, to predict
                self._add_adapters(self.module)
        if settings.unfreeze_step is not None or self.held_steps:
            self.loaded.freezing.apply(self.module, self.n_steps)

    def _add_adapters(self, module: nn.Module) -> None:
        settings = self.settings
        targets = linear_layers(module, self.loaded.freezing)
        alpha = 2 * settings.lora_rank if settings.lora_alpha is None else settings.lora_alpha
        add_adapters(module, targets, settings.lora_rank, alpha)
        use_fast_layers(module, self.device, self.training_precision)
        self.loaded.freezing = Freezing(module, settings.freeze, settings.unfreeze_step)
        self.loaded.freezing.apply(module, self.n_steps)

    def layers_above(self, name: str) -> int:
        """0 for the top layer and what follows it, the number of layers for embeddings."""
        return self.loaded.freezing.depths.layers_above(name)

    def predictor(self) -> Predictor:
        """What predicts, with the weights of now."""
        with self._lock:
            if self._predicting is None or self._predicting[0] != self.version:
                self._predicting = None  # the old one goes before the new one comes
                self._predicting = (self.version, self.loaded.backend.predictor(self.weights()))
            return self._predicting[1]

    def weights(self) -> Weights:
        """What a back end computes from."""
        return Weights(self.loaded_module, self.device, self.precision, self.weights_checksum)

    def before_fork(self) -> None:
        if self.module is not None and self.device.type == "cpu":
            self.predictor()

    def to_bytes(self) -> bytes:
        """The checkpoint's files, for components of spaCy's that have an encoder of their own."""
        with temporary_folder() as folder:
            if self._loaded is not None:
                self.save(folder)
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
            if self.n_steps == 0 and type(self.checkpoint) is Checkpoint:
                # No head has learned on the checkpoint that goes: spaCy's `init_tok2vec` comes before training.
                checkpoint.identity = self.identity
            self.use(checkpoint)
        return self

    def clear_gradients(self) -> None:
        for part in self.loaded_module.modules():
            if isinstance(part, PieceEmbedding):
                part.clear_gradient()
        super().clear_gradients()

    def __getstate__(self) -> dict[str, Any]:
        return {key: value for key, value in self.__dict__.items() if key != "_predicting"}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__(state)
        self._predicting = None
        share_with_forks(self)


def own_copy(shim: EncoderShim) -> nn.Module:
    """A module for one caller alone, in fp32 and in evaluation, with the weights of now."""
    with shim._lock:  # nobody adds adapters meanwhile
        return detached_copy(shim.loaded_module).eval()


def encoder_shim_of(model: Model[Any, Any]) -> EncoderShim:
    """What holds an encoder's weights. RAISES (ValueError): The model is no encoder of this package."""
    shim = model.shims[0] if model.shims else None
    if not isinstance(shim, EncoderShim):
        raise ValueError(Errors.B295.format(name=model.name))
    return shim
