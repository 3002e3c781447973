"""config.json and tokenizer → an encoder with random weights, to pre-train from nothing."""

from contextlib import closing

from transformers import PretrainedConfig, PreTrainedModel

from ..errors import Errors
from ..runtime.surroundings import in_own_surroundings
from .checkpoint import Checkpoint, check_pieces
from .config import read_config
from .foreign import LOADING_ERRORS, first_line, quiet
from .module import model_class
from .probe import check_vectors
from .source import files_of
from .tokenizer import read_tokenizer


@in_own_surroundings
def untrained_checkpoint(name: str, *, revision: str | None = None, pieces_from: str = "tokens") -> Checkpoint:
    """An encoder with random weights, as config.json has it, and the tokenizer that lies beside that file.

    torch's generator decides the weights. A pooler, which no pieces would train, is left out. Weights need not be
    there, and are not read.

    RAISES (ValueError): As `load_checkpoint`.
    """
    with closing(files_of(name, revision)) as files, quiet():
        config = read_config(files, name)
        module = _random_module(config, name)
        tokenizer = read_tokenizer(files, name, pieces_from)
    checkpoint = Checkpoint(module.config, tokenizer, module, is_untrained=True)
    check_pieces(name, checkpoint)
    check_vectors(name, module)
    return checkpoint


def _random_module(config: PretrainedConfig, name: str) -> PreTrainedModel:
    """RAISES (ValueError): None can be made from this config. name (str): Of the checkpoint, for the error."""
    kind = model_class(config, name)
    try:
        module: PreTrainedModel = kind(config).float()
    except LOADING_ERRORS as error:
        reason = first_line(error)
        raise ValueError(Errors.B426.format(name=name, architecture=kind.__name__, reason=reason)) from error
    if getattr(module, "pooler", None) is not None:
        module.register_module("pooler", None)
    module.config.name_or_path = ""  # where it came from is nobody's business
    return module
