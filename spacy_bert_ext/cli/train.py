"""`spacy bert train`: `spacy train`, which can be resumed."""

import logging
import sys
from pathlib import Path

from spacy import util
from spacy.cli._util import import_code, parse_config_overrides, setup_gpu, show_validation_error
from spacy.training.initialize import init_nlp
from wasabi import msg

from ..training.resuming.loop import train
from ..training.resuming.output import check_training_output
from ..training.resuming.state import STATE_FOLDER, read_state
from .input_errors import INPUT_ERRORS, told


def train_to(
    config_path: Path,
    output_path: Path | None,
    code_path: Path | None,
    arguments: list[str],
    verbose: bool,
    use_gpu: int,
    resume: bool,
    save_every: int,
) -> None:
    """Initialize and train; what is printed is what `spacy train` prints, but for tracebacks of errors in the input.

    arguments (List[str]): Overrides of the config, such as `--paths.train corpus/train.spacy`.
    """
    if verbose:
        util.logger.setLevel(logging.DEBUG)
    overrides = parse_config_overrides(arguments)
    import_code(code_path)
    if resume and output_path is None:
        msg.fail("`--resume` needs `--output`: the folder of the training that was interrupted", exits=1)
    state = None
    try:
        if output_path is None:
            msg.info("No output directory provided")
        else:
            state = read_state(output_path / STATE_FOLDER) if resume else None
            check_training_output(output_path)
            if not output_path.exists():
                output_path.mkdir(parents=True)
                msg.good(f"Created output directory: {output_path}")
            msg.info(f"Saving to output directory: {output_path}")
        _setup_gpu(use_gpu)
        with show_validation_error(config_path):
            config = util.load_config(config_path, overrides=overrides, interpolate=False)
        msg.divider("Initializing pipeline")
        with show_validation_error(config_path, hint_fill=False):
            nlp = init_nlp(config, use_gpu=use_gpu)
        msg.good("Initialized pipeline")
        msg.divider("Training pipeline")
        train(
            nlp, output_path, state=state, save_every=save_every, use_gpu=use_gpu, stdout=sys.stdout, stderr=sys.stderr
        )
    except INPUT_ERRORS as error:
        if verbose:
            raise
        hint = f"`python -m spacy bert doctor {config_path}` examines what a config names; `--verbose` shows where"
        msg.fail(told(error), f"{hint} this was raised.", exits=1)


def _setup_gpu(use_gpu: int) -> None:
    try:
        setup_gpu(use_gpu)
    except ValueError as error:
        hint = "Components of this package need no `--gpu-id`: leave it out, and set their `device`."
        msg.fail(str(error), hint, exits=1)
