"""What `spacy bert train` and `spacy bert pretrain` have in common: from the command line to the training loop."""

import logging
import sys
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from spacy import util
from spacy.cli._util import import_code, setup_gpu, show_validation_error
from spacy.training.initialize import init_nlp
from thinc.api import Config
from wasabi import msg

from ..training.resuming.kinds import Kind, Models
from ..training.resuming.loop import train
from ..training.resuming.output import check_training_output
from ..training.resuming.state import STATE_FOLDER, SavedState, read_state
from .input_errors import INPUT_ERRORS, told
from .overrides import overrides_of


class Call(NamedTuple):
    """The command line.

    arguments: Overrides of the config, such as `--paths.train corpus/train.spacy`.
    """

    config_path: Path
    output_path: Path | None
    code_path: Path | None
    arguments: list[str]
    verbose: bool = False
    use_gpu: int = -1
    resume: bool = False
    save_every: int = 0


def train_by(call: Call, models: Models, title: str, kind_of: Callable[[Config], Kind]) -> None:
    """Initialize and train; what is printed is what `spacy train` prints, but for tracebacks of errors in the input.

    title (str): Of what follows the initialization.
    kind_of (Callable[[Config], Kind]): Given the config, before anything is loaded. Raises a ValueError for one that
        can't be trained so.
    """
    if call.verbose:
        util.logger.setLevel(logging.DEBUG)
    overrides = overrides_of(call.arguments)
    import_code(call.code_path)
    if call.resume and call.output_path is None:
        msg.fail("`--resume` needs `--output`: the folder of the training that was interrupted", exits=1)
    path = call.config_path
    try:
        state = _prepare_output(call, models)
        _setup_gpu(call.use_gpu)
        with show_validation_error(path):
            config = util.load_config(path, overrides=overrides, interpolate=False)
        with show_validation_error(path, hint_fill=False):
            kind = kind_of(config)
        msg.divider("Initializing pipeline")
        with show_validation_error(path, hint_fill=False):
            nlp = init_nlp(config, use_gpu=call.use_gpu)
        msg.good("Initialized pipeline")
        msg.divider(title)
        train(
            nlp,
            call.output_path,
            kind=kind,
            state=state,
            save_every=call.save_every,
            use_gpu=call.use_gpu,
            stdout=sys.stdout,
            stderr=sys.stderr,
        )
    except INPUT_ERRORS as error:
        if call.verbose:
            raise
        hint = f"`python -m spacy bert doctor {path}` examines what a config names; `--verbose` shows where"
        msg.fail(told(error), f"{hint} this was raised.", exits=1)


def _prepare_output(call: Call, models: Models) -> SavedState | None:
    """Make the folder. RETURNS (Optional[SavedState]): What is resumed."""
    if call.output_path is None:
        msg.info("No output directory provided")
        return None
    state = read_state(call.output_path / STATE_FOLDER) if call.resume else None
    check_training_output(call.output_path, models.marker)
    if not call.output_path.exists():
        call.output_path.mkdir(parents=True)
        msg.good(f"Created output directory: {call.output_path}")
    msg.info(f"Saving to output directory: {call.output_path}")
    return state


def _setup_gpu(use_gpu: int) -> None:
    try:
        setup_gpu(use_gpu)
    except ValueError as error:
        hint = "Components of this package need no `--gpu-id`: leave it out, and set their `device`."
        msg.fail(str(error), hint, exits=1)
