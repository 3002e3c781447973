"""What a training leaves in its folder: the best and the last model, and the state from which it can go on."""

from pathlib import Path

from spacy.training.loop import DIR_MODEL_BEST, DIR_MODEL_LAST

from ...files.folders import SaveError, removed_whole
from ...runtime.finite import NotFiniteError
from .kinds import Models
from .output import check_space, check_training_output
from .run import Run
from .state import STATE_FOLDER, save_state
from .weights import parameter_names


class TrainingFolder:
    """Without a path, nothing is saved.

    What an earlier training left is replaced when a first step and its evaluation have shown that this one can go on.

    last: Path of `model-last`.
    n_steps_saved: Steps after which the last state was saved; None if there is none.
    """

    def __init__(self, run: Run, path: Path | None, models: Models, *, replaces: bool) -> None:
        """RAISES (ValueError): The folder holds something else, or there are weights that can't be saved.
        RAISES (SaveError): It can't be written, or there is no room.
        """
        self._run, self._path, self._replaces = run, path, replaces
        self._models = models
        self._can_save = path is not None
        self.n_steps_saved: int | None = None
        self.last = None if path is None else path / DIR_MODEL_LAST
        if path is not None:
            check_training_output(path, models.folder_kind)
            check_space(run.nlp, path)
            parameter_names(run.nlp)  # raises now, not at the first state

    def save_models(self, *, is_best: bool) -> None:
        if self._path is None:
            return
        last, best = self._path / DIR_MODEL_LAST, self._path / DIR_MODEL_BEST
        with self._run.nlp.use_params(self._run.optimizer.averages):
            self._models.save(self._run, last)
        if self._replaces:  # only now that a whole model is there
            for earlier in (self._path / STATE_FOLDER, *(() if is_best else (best,))):
                if earlier.exists():
                    removed_whole(earlier)
        if is_best:
            self._models.copy(last, best)

    def save_state(self) -> None:
        if self._path is not None:
            save_state(self._run, self._path / STATE_FOLDER)
            self.n_steps_saved = self._run.progress.n_steps

    def went_on(self) -> None:
        """A step was taken, and what belongs to it is saved: the folder is this training's."""
        self._replaces = False

    def resumed(self) -> None:
        """The run has been brought to where a saved state left it."""
        self.n_steps_saved = self._run.progress.n_steps

    def saves_after(self, error: Exception) -> bool:
        """Whether the model is saved though training has failed."""
        self._can_save = self._can_save and not isinstance(error, (SaveError, NotFiniteError))
        return self._can_save and not self._replaces

    def leave(self) -> None:
        """Save nothing any more."""
        self._can_save = False

    def close(self) -> None:
        """Save the last model, however training ended, but not one that never took a step or that is damaged."""
        if self._can_save and not self._replaces:
            self.save_models(is_best=False)

    def save_last_state(self) -> None:
        if self._run.progress.n_steps not in (0, self.n_steps_saved):
            self.save_state()
