"""Checkpoint name or folder → an encoder, or its tokenizer alone."""

from contextlib import closing

from ..files.saved_files import SavedFiles
from ..runtime.surroundings import in_own_surroundings
from .checkpoint import Checkpoint, check_pieces
from .config import read_config
from .foreign import quiet
from .module import model_class, read_module, start_reading
from .probe import check_vectors
from .source import files_of
from .tokenizer import read_tokenizer
from .types import PreTrainedTokenizerFast
from .weightless import weightless_module


def load_checkpoint(name: str, *, revision: str | None = None, pieces_from: str = "tokens") -> Checkpoint:
    """Load an encoder by its folder or, if there is no such folder, by its name on the Hugging Face hub.

    A folder never causes network traffic. Weights are read from safetensors only; code in a checkpoint is never run.

    RAISES (ValueError): Nothing there, or as `read_checkpoint`.
    """
    with closing(files_of(name, revision)) as files:
        return read_checkpoint(files, str(name), pieces_from)


@in_own_surroundings
def read_checkpoint(files: SavedFiles, name: str, pieces_from: str) -> Checkpoint:
    """Load an encoder from its files.

    pieces_from (str): With "tokens", byte-level BPE is told that a space comes before each word.
    RAISES (ValueError): No tokenizer, no safetensors weights, weights that don't fit; vectors that are not those of
        pieces alone, see `check_vectors`.
    """
    with quiet():
        config = read_config(files, name)
        kind = model_class(config, name)
        reading = start_reading(files, name)  # beside the next line, which takes as long
        tokenizer = read_tokenizer(files, name, pieces_from)
        module = read_module(name, config, reading, kind)
    checkpoint = Checkpoint(module.config, tokenizer, module)
    check_pieces(name, checkpoint)
    check_vectors(name, module)
    return checkpoint


@in_own_surroundings
def read_weightless_checkpoint(files: SavedFiles, name: str, pieces_from: str, *, has_pooler: bool) -> Checkpoint:
    """An encoder that was saved without weights: config and tokenizer.

    RAISES (ValueError): No tokenizer, or a config that none can be made from.
    """
    with quiet():
        config = read_config(files, name)
        tokenizer = read_tokenizer(files, name, pieces_from)
        module = weightless_module(model_class(config, name), config, name, has_pooler=has_pooler)
    checkpoint = Checkpoint(module.config, tokenizer, module)
    check_pieces(name, checkpoint)
    return checkpoint


def load_tokenizer(name: str, *, revision: str | None = None, pieces_from: str = "tokens") -> PreTrainedTokenizerFast:
    """Load a checkpoint's fast tokenizer alone.

    pieces_from (str): As in `read_checkpoint`.
    RAISES (ValueError): Nothing there, or no fast tokenizer.
    """
    with closing(files_of(name, revision)) as files, quiet():
        read_config(files, str(name))  # tells a missing checkpoint from a missing tokenizer
        return read_tokenizer(files, str(name), pieces_from)
