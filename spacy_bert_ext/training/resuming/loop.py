"""spaCy's training loop, which can be resumed. Without that, and but for the states on disk, it does what
`spacy.training.loop.train` does, in the same order: same seed, same weights.
"""

import sys
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from timeit import default_timer as timer
from typing import IO, Any

from spacy.language import Language
from spacy.training import Example
from spacy.training.loop import (
    DIR_MODEL_BEST,
    DIR_MODEL_LAST,
    create_before_to_disk_callback,
    subdivide_batch,
    update_meta,
)
from thinc.api import Optimizer
from wasabi import Printer

from ...files.folders import SaveError, removed_whole
from ...pipeline.saving import copy_pipeline, save_pipeline
from ...runtime.finite import NotFiniteError, check_loss
from .beginning import begin
from .output import check_space, check_training_output
from .run import Run
from .state import STATE_FOLDER, SavedState, save_state
from .weights import parameter_names


def train(
    nlp: Language,
    output_path: Path | None = None,
    *,
    state: SavedState | None = None,
    save_every: int = 0,
    use_gpu: int = -1,
    stdout: IO = sys.stdout,
    stderr: IO = sys.stderr,
) -> tuple[Language, Path | None]:
    """Train an initialized pipeline.

    output_path (Path): Folder for `model-best`, `model-last` and `training-state`, or None.
    state (SavedState): Where to go on, from `read_state(output_path / STATE_FOLDER)`; None begins anew, and removes
        what an earlier training left in `output_path` after the first step.
    save_every (int): Steps after which the state is saved, besides after each evaluation and at the end; 0 for none.
    use_gpu (int): As spaCy's `train` takes it: after `require_gpu`. Components of this package have their `device`.
    RETURNS (Tuple[Language, Optional[Path]]): The pipeline, and the path of `model-last`.
    RAISES (ValueError): A number out of its range; nothing to train or evaluate on; an annotation that a head can't
        learn; or what components raise of the first batch. Nothing is removed then.
    RAISES (ResumeError): The state belongs to another training.
    """
    msg = Printer(no_print=True)
    beginning = begin(nlp, use_gpu=use_gpu)
    run, T = beginning.run, beginning.T
    optimizer = run.optimizer
    before_to_disk = create_before_to_disk_callback(T["before_to_disk"])
    frozen, annotating = T["frozen_components"], T["annotating_components"]
    last, best, state_path = (
        None if output_path is None else output_path / name for name in (DIR_MODEL_LAST, DIR_MODEL_BEST, STATE_FOLDER)
    )
    if output_path is not None:
        check_training_output(output_path)
        check_space(nlp, output_path)
        parameter_names(nlp)  # raises now, not at the first state, if there are weights that can't be saved

    def save_models(is_best: bool) -> None:
        with nlp.use_params(optimizer.averages):
            save_pipeline(before_to_disk(nlp), last)
        if replaces:  # only now that a whole pipeline is there
            _remove_earlier(state_path, None if is_best else best)
        if is_best:
            copy_pipeline(last, best)

    if state is not None:
        state.restore(run)
        stdout.write(msg.info(f"Resuming after {run.progress.n_steps} steps: {state.path}") + "\n")
    stdout.write(msg.info(f"Pipeline: {nlp.pipe_names}") + "\n")
    if frozen:
        stdout.write(msg.info(f"Frozen components: {frozen}") + "\n")
    if annotating:
        stdout.write(msg.info(f"Set annotations on update for: {annotating}") + "\n")
    stdout.write(msg.info(f"Initial learn rate: {optimizer.learn_rate}") + "\n")
    with nlp.select_pipes(disable=frozen):
        log_step, finalize_logger = T["logger"](nlp, stdout, stderr)
    n_steps_saved = run.progress.n_steps
    # What an earlier training left is replaced when a first step and its evaluation have shown that this one can go on.
    replaces, can_save = state is None, output_path is not None
    try:
        for info, is_best in take_steps(*beginning):
            if is_best is not None:
                with nlp.select_pipes(disable=frozen):
                    update_meta(T, nlp, info)
                if output_path is not None:
                    save_models(is_best)
                    info["output_path"] = str(last)
            replaces = False
            log_step(None if is_best is None else info)
            is_due = is_best is not None or (save_every and run.progress.n_steps % save_every == 0)
            if state_path is not None and is_due:
                save_state(run, state_path)
                n_steps_saved = run.progress.n_steps
    except Exception as error:
        can_save = can_save and not isinstance(error, (SaveError, NotFiniteError))
        if can_save and not replaces:
            stdout.write(msg.warn(f"Aborting and saving the final best model. Encountered exception: {error!r}") + "\n")
        raise
    finally:
        finalize_logger()
        if can_save and not replaces:
            save_models(False)
    if output_path is None:
        return nlp, None
    if run.progress.n_steps != n_steps_saved:
        save_state(run, state_path)
    stdout.write(msg.good("Saved pipeline to output directory", last) + "\n")
    return nlp, last


def _remove_earlier(*paths: Path | None) -> None:
    """Of a training that this one replaces."""
    for path in paths:
        if path is not None and path.exists():
            removed_whole(path)


def take_steps(
    run: Run, evaluate: Callable[[], tuple[float, dict[str, Any]]], T: dict[str, Any]
) -> Iterator[tuple[dict[str, Any], bool | None]]:
    """Take steps until the end. After each, `run` is what a state of it must be.

    YIELDS (Tuple[Dict[str, Any], Optional[bool]]): What loggers are told; whether an evaluation has found the best
        pipeline so far, None if there was none.
    """
    nlp, optimizer, progress = run.nlp, run.optimizer, run.progress
    start = timer() - progress.seconds
    while not progress.is_over(max_steps=T["max_steps"], patience=T["patience"]):
        epoch, batch = next(run.batches, (None, None))
        if batch is None:
            return
        step = progress.n_steps
        if T["before_update"]:
            T["before_update"](nlp, {"step": step, "epoch": epoch})
        _update(nlp, optimizer, batch, step, progress.losses, T)
        score, other_scores, is_best = None, None, None
        if step % T["eval_frequency"] == 0:
            with nlp.use_params(optimizer.averages):
                score, other_scores = evaluate()
            progress.results.append((score, step))
            is_best = score == max(progress.results)[0]
        progress.n_steps += 1
        progress.n_words += sum(len(eg) for eg in batch)
        progress.seconds = timer() - start
        info = {
            "epoch": epoch,
            "step": step,
            "score": score,
            "other_scores": other_scores,
            "losses": progress.losses,
            "checkpoints": progress.results,
            "seconds": int(progress.seconds),
            "words": progress.n_words,
        }
        if is_best is not None:
            progress.losses = {}
        yield info, is_best


def _update(
    nlp: Language,
    optimizer: Optimizer,
    batch: Sequence[Example],
    step: int,
    losses: dict[str, float],
    T: dict[str, Any],
) -> None:
    for part in subdivide_batch(batch, T["accumulate_gradient"]):
        nlp.update(
            part,
            drop=T["dropout"],
            losses=losses,
            sgd=False,
            exclude=T["frozen_components"],
            annotates=T["annotating_components"],
        )
    for name, loss in losses.items():
        check_loss(name, loss, step, batch)
    for name, pipe in nlp.pipeline:
        is_trainable = getattr(pipe, "is_trainable", False) and pipe.model not in (True, False, None)
        if name not in T["frozen_components"] and is_trainable:
            pipe.finish_update(optimizer)
    optimizer.step_schedules()
