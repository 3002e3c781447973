"""What makes up a training, and how far it has come."""

from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from spacy.language import Language
from thinc.api import Config, Optimizer

from .first_epoch import FirstEpoch
from .recorded_batches import RecordedBatches


@dataclass
class Progress:
    """After some number of steps.

    n_steps: Steps that have been taken.
    n_words: Words in their batches.
    seconds: For how long training has been going on.
    losses: Of each component, added up since the last evaluation.
    results: Score of each evaluation, and the number of its step, counted from 0.
    scores: What each evaluation has measured, as far as it is one number; without times.
    log: Lines that the logger has printed, but for its header.
    """

    n_steps: int = 0
    n_words: int = 0
    seconds: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    results: list[tuple[float, int]] = field(default_factory=list)
    scores: list[dict[str, float]] = field(default_factory=list)
    log: list[str] = field(default_factory=list)

    def note(self, score: float, scores: Mapping[str, Any]) -> bool:
        """Note an evaluation after the last step. RETURNS (bool): Whether it is the best so far."""
        self.results.append((score, self.n_steps - 1))
        numbers = {name: float(value) for name, value in scores.items() if isinstance(value, float | int)}
        self.scores.append({name: number for name, number in numbers.items() if name != "speed"})
        return bool(score == max(self.results)[0])

    def is_over(self, *, max_steps: int, patience: int) -> bool:
        """Whether there is nothing to do after the last step, by spaCy's rules; 0 is no limit."""
        if not self.results:
            return False
        last_step = self.n_steps - 1
        return bool((patience and last_step - self.best_step() >= patience) or (max_steps and last_step >= max_steps))

    def best_step(self) -> int:
        """Number of the step, counted from 0, whose evaluation is the earliest of the best. Needs an evaluation."""
        return -max((score, -step) for score, step in self.results)[1]

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Progress":
        return cls(**{**values, "results": [(score, step) for score, step in values["results"]]})


@dataclass
class Run:
    """A training.

    config: With all variables replaced, as it was when training began: `before_to_disk` may change the pipeline's.
    before_to_disk: Gives the pipeline that is saved; None for the one that is trained.
    """

    nlp: Language
    config: Config
    optimizer: Optimizer
    batches: RecordedBatches
    progress: Progress
    before_to_disk: Callable[[Language], Language] | None = None
    first_epoch: FirstEpoch = field(default_factory=FirstEpoch)
