"""What `spacy bert train` and `spacy bert pretrain` have in common: from the command line to the training loop."""

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import typer
from spacy import util
from spacy.cli._util import import_code, setup_gpu, show_validation_error
from spacy.training.initialize import init_nlp
from spacy.training.loop import DIR_MODEL_BEST
from thinc.api import Config
from wasabi import msg

from ..training.resuming.kinds import Kind, Models
from ..training.resuming.loop import train
from ..training.resuming.output import check_training_output
from ..training.resuming.state import STATE_FOLDER, SavedState, read_state
from ..training.resuming.stopping import EXIT_OF_SIGNALS, Stopped, StoppedAtOnce, StopRequest, signals_noted
from .configs.corpus_paths import check_corpus_paths
from .configs.reading import read_training_config
from .input_errors import INPUT_ERRORS, told
from .overrides import overrides_of
from .reported import fail
from .typed import typed


class Call(NamedTuple):
    """The command line.

    arguments: Overrides of the config, such as `--paths.train corpus/train.spacy`.
    command: Its name.
    """

    config_path: Path
    output_path: Path | None
    code_path: Path | None
    arguments: list[str]
    verbose: bool = False
    use_gpu: int = -1
    resume: bool = False
    save_every: int = 0
    command: str = "train"

    def typed(self, *, resume: bool) -> str:
        """What one types to train, or to go on."""
        options = ["--output", str(self.output_path)] if self.output_path else []
        options += ["--code", str(self.code_path)] if self.code_path else []
        options += ["--verbose"] if self.verbose else []
        options += ["--gpu-id", str(self.use_gpu)] if self.use_gpu >= 0 else []
        options += ["--save-every", str(self.save_every)] if self.save_every else []
        options += [*self.arguments, *(["--resume"] if resume else [])]
        return typed([self.command, str(self.config_path), *options])


def train_by(call: Call, models: Models, title: str, kind_of: Callable[[Config], Kind]) -> None:
    """Initialize and train; what is printed is what `spacy train` prints, but for tracebacks of errors in the input.

    title (str): Of what follows the initialization.
    kind_of (Callable[[Config], Kind]): Given the config, before anything is loaded. Raises a ValueError for one that
        can't be trained so.
    """
    if call.verbose:
        util.logger.setLevel(logging.DEBUG)
    overrides_of(call.arguments)  # tells of wrong ones before anything else is done
    import_code(call.code_path)
    if call.resume and call.output_path is None:
        msg.fail("`--resume` needs `--output`: the folder of the training that was interrupted", exits=1)
    request = StopRequest()
    with _stops_told(call, request):
        try:
            _train(call, models, title, kind_of=kind_of, stop=request)
        except INPUT_ERRORS as error:
            if call.verbose:
                raise
            doctor = f"`python -m spacy bert doctor {call.config_path}` checks a config"
            fail(told(error), f"{doctor}; `--verbose` shows where this was raised.")


def _train(call: Call, models: Models, title: str, *, kind_of: Callable[[Config], Kind], stop: StopRequest) -> None:
    path = call.config_path
    state = _prepare_output(call, models)
    _setup_gpu(call.use_gpu)
    with show_validation_error(path):
        config = read_training_config(path, overrides_of(call.arguments))
    with show_validation_error(path, hint_fill=False):
        kind = kind_of(config)
    check_corpus_paths(config)
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
        stop=stop,
        stdout=sys.stdout,
        stderr=sys.stderr,
    )
    if call.output_path is not None and (call.output_path / DIR_MODEL_BEST).exists():
        msg.info(f"The best {models.what} is {call.output_path / DIR_MODEL_BEST}")


@contextmanager
def _stops_told(call: Call, request: StopRequest) -> Iterator[None]:
    """Ctrl-C, and a signal that ends processes: tell where the training stands, and how it goes on."""
    try:
        with signals_noted(request):
            yield
    except (Stopped, StoppedAtOnce) as stop:
        _tell_stop(call, stop)
        raise typer.Exit(EXIT_OF_SIGNALS + request.number) from None


def _tell_stop(call: Call, stop: Stopped | StoppedAtOnce) -> None:
    begins_anew = False
    if call.output_path is None:
        msg.warn("Stopped. Without `--output` nothing is saved")
        begins_anew = True
    elif isinstance(stop, Stopped):
        msg.warn(f"Stopped after step {stop.n_steps}. Its state is saved")
    elif stop.n_steps_saved is not None:
        msg.warn(f"Stopped at once. The state after step {stop.n_steps_saved} is saved")
    elif call.resume:
        msg.warn("Stopped before it went on. The saved state is as it was")
    else:
        msg.warn("Stopped before a state was saved")
        begins_anew = True
    print("Begin anew:" if begins_anew else "Resume:")
    print(call.typed(resume=not begins_anew))  # in one line, to be copied


def _prepare_output(call: Call, models: Models) -> SavedState | None:
    """Make the folder. RETURNS (Optional[SavedState]): What is resumed."""
    if call.output_path is None:
        msg.info("No output directory provided")
        return None
    state = read_state(call.output_path / STATE_FOLDER) if call.resume else None
    check_training_output(call.output_path, models.folder_kind)
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
