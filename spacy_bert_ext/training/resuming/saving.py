"""What a training leaves in its folder: the best and the last pipeline, and the state from which it can go on."""

from collections.abc import Callable
from pathlib import Path

from spacy.language import Language
from spacy.training.loop import DIR_MODEL_BEST, DIR_MODEL_LAST, create_before_to_disk_callback

from ...files.folders import SaveError, removed_whole
from ...pipeline.saving import copy_pipeline, save_pipeline
from ...runtime.finite import NotFiniteError
from .output import check_space, check_training_output
from .run import Run
from .state import STATE_FOLDER, save_state
from .weights import parameter_names


class TrainingFolder:
    """Without a path, nothing is saved.

    What an earlier training left is replaced when a first step and its evaluation have shown that this one can go on.

    last: Path of `model-last`.
    """

    def __init__(
        self, run: Run, path: Path | None, before_to_disk: Callable[[Language], Language] | None, *, replaces: bool
    ) -> None:
        """RAISES (ValueError): The folder holds something else, or there are weights that can't be saved.
        RAISES (SaveError): It can't be written, or there is no room.
        """
        self._run, self._path, self._replaces = run, path, replaces
        self._before_to_disk = create_before_to_disk_callback(before_to_disk)
        self._can_save = path is not None
        self._n_steps_saved = run.progress.n_steps
        self.last = None if path is None else path / DIR_MODEL_LAST
        if path is not None:
            check_training_output(path)
            check_space(run.nlp, path)
            parameter_names(run.nlp)  # raises now, not at the first state

    def save_pipelines(self, *, is_best: bool) -> None:
        if self._path is None:
            return
        nlp, last, best = self._run.nlp, self._path / DIR_MODEL_LAST, self._path / DIR_MODEL_BEST
        with nlp.use_params(self._run.optimizer.averages):
            save_pipeline(self._before_to_disk(nlp), last)
        if self._replaces:  # only now that a whole pipeline is there
            for earlier in (self._path / STATE_FOLDER, *(() if is_best else (best,))):
                if earlier.exists():
                    removed_whole(earlier)
        if is_best:
            copy_pipeline(last, best)

    def save_state(self) -> None:
        if self._path is not None:
            save_state(self._run, self._path / STATE_FOLDER)
            self._n_steps_saved = self._run.progress.n_steps

    def went_on(self) -> None:
        """A step was taken, and what belongs to it is saved: the folder is this training's."""
        self._replaces = False

    def resumed(self) -> None:
        """The run has been brought to where a saved state left it."""
        self._n_steps_saved = self._run.progress.n_steps

    def saves_after(self, error: Exception) -> bool:
        """Whether the pipeline is saved though training has failed."""
        self._can_save = self._can_save and not isinstance(error, (SaveError, NotFiniteError))
        return self._can_save and not self._replaces

    def close(self) -> None:
        """Save the last pipeline, however training ended, but not one that never took a step or that is damaged."""
        if self._can_save and not self._replaces:
            self.save_pipelines(is_best=False)

    def save_last_state(self) -> None:
        if self._run.progress.n_steps != self._n_steps_saved:
            self.save_state()
