"""spaCy's training loop, which can be resumed. Without that, and but for the states on disk, it does what
`spacy.training.loop.train` does, in the same order: same seed, same weights.
"""

import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from timeit import default_timer as timer
from typing import IO, Any

from spacy.language import Language
from spacy.training import Example
from spacy.training.loop import subdivide_batch, update_meta
from wasabi import Printer

from ...runtime.finite import check_loss
from ..log_file import logged_to_file
from .beginning import Beginning, begin
from .ending import told_ending
from .kinds import ORDINARY, Kind
from .log_lines import LogLines
from .run import Run
from .saving import TrainingFolder
from .state import SavedState
from .stopping import Stopped, StoppedAtOnce, StopRequest


def train(
    nlp: Language,
    output_path: Path | None = None,
    *,
    kind: Kind = ORDINARY,
    state: SavedState | None = None,
    save_every: int = 0,
    use_gpu: int = -1,
    stop: StopRequest | None = None,
    stdout: IO[str] = sys.stdout,
    stderr: IO[str] = sys.stderr,
) -> tuple[Language, Path | None]:
    """Train an initialized pipeline.

    output_path (Path): Folder for `model-best`, `model-last`, `training-state` and `log.jsonl`, or None.
    kind (Kind): What is written; by default pipelines.
    state (SavedState): Where to go on, from `read_state(output_path / STATE_FOLDER)`; None begins anew, and removes
        what an earlier training left in `output_path` after the first step.
    save_every (int): Steps after which the state is saved, besides after each evaluation and at the end; 0 for none.
    use_gpu (int): As spaCy's `train` takes it: after `require_gpu`. Components of this package have their `device`.
    stop (StopRequest): Looked at after each step: then the state is saved, and the training ends.
    RETURNS (Tuple[Language, Optional[Path]]): The pipeline, and the path of `model-last`.
    RAISES (ValueError): A number out of its range; nothing to train or evaluate on; an annotation that a head can't
        learn; or what components raise of the first batch. Nothing is removed then.
    RAISES (ResumeError): The state belongs to another training.
    RAISES (Stopped): By `stop`.
    """
    msg = Printer(no_print=True)
    beginning = begin(nlp, kind, use_gpu=use_gpu)
    run, T = beginning.run, beginning.T
    folder = TrainingFolder(run, output_path, kind.models, replaces=state is None)
    if state is not None:
        state.restore(run)
        folder.resumed()
        stdout.write(msg.info(f"Resuming after {run.progress.n_steps} steps: {state.path}") + "\n")
    _tell_what_is_trained(run, T, stdout)
    log = LogLines(stdout, run.progress.log)
    with nlp.select_pipes(disable=T["frozen_components"]):
        log_step, finalize_logger = T["logger"](nlp, log, stderr)
        log_step = logged_to_file(log_step, nlp, output_path)
    log.begin(run.progress.n_steps)
    with _saved_after(folder, finalize_logger, stdout), (stop or StopRequest()).waiting():
        _take_all_steps(beginning, folder, log_step, save_every=save_every, stop=stop)
    if state is not None and state.n_steps == run.progress.n_steps:
        stdout.write(msg.info(*told_ending(run.progress, T)) + "\n")
    if folder.last is not None:
        folder.save_last_state()
        stdout.write(msg.good(f"Saved {kind.models.what} to output directory", folder.last) + "\n")
    return nlp, folder.last


@contextmanager
def _saved_after(folder: TrainingFolder, finalize_logger: Callable[[], None], stdout: IO[str]) -> Iterator[None]:
    """However training ends, its last model is saved."""
    try:
        yield
    except StoppedAtOnce as stop:
        stop.n_steps_saved = folder.n_steps_saved
        folder.leave()
        raise
    except Exception as error:
        if folder.saves_after(error):
            told = f"Aborting and saving the final best model. Encountered exception: {error!r}"
            stdout.write(Printer(no_print=True).warn(told) + "\n")
        raise
    finally:
        finalize_logger()
        folder.close()


def _take_all_steps(
    beginning: Beginning,
    folder: TrainingFolder,
    log_step: Callable[[dict[str, Any] | None], None],
    *,
    save_every: int,
    stop: StopRequest | None,
) -> None:
    run, T = beginning.run, beginning.T
    limits = {"max_steps": T["max_steps"], "patience": T["patience"]}
    for info, is_best in take_steps(*beginning):
        if run.progress.n_steps == 1:
            run.first_epoch.warn(run.config["training"])
        if is_best is not None:
            with run.nlp.select_pipes(disable=T["frozen_components"]):
                update_meta(T, run.nlp, info)
            if folder.last is not None:
                folder.save_models(is_best=is_best)
                info["output_path"] = str(folder.last)
        folder.went_on()
        log_step(None if is_best is None else info)
        if is_best is not None or (save_every and run.progress.n_steps % save_every == 0):
            folder.save_state()
        if stop is not None and stop.number and not run.progress.is_over(**limits):
            folder.save_last_state()
            raise Stopped(run.progress.n_steps)


def _tell_what_is_trained(run: Run, T: Mapping[str, Any], stdout: IO[str]) -> None:
    msg = Printer(no_print=True)
    stdout.write(msg.info(f"Pipeline: {run.nlp.pipe_names}") + "\n")
    if T["frozen_components"]:
        stdout.write(msg.info(f"Frozen components: {T['frozen_components']}") + "\n")
    if T["annotating_components"]:
        stdout.write(msg.info(f"Set annotations on update for: {T['annotating_components']}") + "\n")
    stdout.write(msg.info(f"Initial learn rate: {run.optimizer.learn_rate}") + "\n")


def take_steps(
    run: Run, evaluate: Callable[[], tuple[float, dict[str, Any]]], T: dict[str, Any], evaluates_last: bool = False
) -> Iterator[tuple[dict[str, Any], bool | None]]:
    """Take steps until the end. After each, `run` is what a state of it must be.

    evaluates_last (bool): See `Kind`. If batches run out, that it was the last step is known only afterwards: then it
        is told once more, with the evaluation.
    YIELDS (Tuple[Dict[str, Any], Optional[bool]]): What loggers are told; whether an evaluation has found the best
        pipeline so far, None if there was none.
    """
    nlp, progress = run.nlp, run.progress
    limits = {"max_steps": T["max_steps"], "patience": T["patience"]}
    start = timer() - progress.seconds

    def after_step(is_due: bool) -> tuple[dict[str, Any], bool | None]:
        score, scores, is_best = None, None, None
        if is_due:
            with nlp.use_params(run.optimizer.averages):
                score, scores = evaluate()
            is_best = progress.note(score, scores)
        progress.seconds = timer() - start
        info = _info(run, score, scores)
        if is_due:
            progress.losses = {}
        return info, is_best

    while not progress.is_over(**limits):
        drawn = next(run.batches, None)
        if drawn is None:
            break
        epoch, batch = drawn
        step = progress.n_steps
        if T["before_update"]:
            T["before_update"](nlp, {"step": step, "epoch": epoch})
        _update(run, batch, T)
        progress.n_steps += 1
        progress.n_words += sum(len(eg) for eg in batch)
        is_last = evaluates_last and progress.is_over(**limits)
        yield after_step(is_last or step % T["eval_frequency"] == 0)
    if evaluates_last and progress.results and progress.results[-1][1] != progress.n_steps - 1:
        yield after_step(True)


def _info(run: Run, score: float | None, scores: dict[str, Any] | None) -> dict[str, Any]:
    """What loggers are told."""
    progress = run.progress
    return {
        "epoch": run.batches.epoch,
        "step": progress.n_steps - 1,
        "score": score,
        "other_scores": scores,
        "losses": progress.losses,
        "checkpoints": progress.results,
        "seconds": int(progress.seconds),
        "words": progress.n_words,
    }


def _update(run: Run, batch: Sequence[Example], T: dict[str, Any]) -> None:
    """Learn from a batch, and add its losses to those of `run.progress`."""
    nlp, losses = run.nlp, run.progress.losses
    for part in subdivide_batch(batch, T["accumulate_gradient"]):
        nlp.update(
            part,
            drop=T["dropout"],
            losses=losses,
            sgd=False,  # type: ignore[arg-type]  # as spaCy's own loop says: not now
            exclude=T["frozen_components"],
            annotates=T["annotating_components"],
        )
    for name, loss in losses.items():
        check_loss(name, loss, run.progress.n_steps, batch)
    components: list[tuple[str, Any]] = nlp.pipeline
    for name, pipe in components:
        is_trainable = getattr(pipe, "is_trainable", False) and pipe.model not in (True, False, None)
        if name not in T["frozen_components"] and is_trainable:
            pipe.finish_update(run.optimizer)
    run.optimizer.step_schedules()
