"""What makes up a training, and how far it has come."""

from dataclasses import asdict, dataclass, field
from typing import Any

from spacy.language import Language
from thinc.api import Config, Optimizer

from .recorded_batches import RecordedBatches


@dataclass
class Progress:
    """After some number of steps.

    n_steps: Steps that have been taken.
    n_words: Words in their batches.
    seconds: For how long training has been going on.
    losses: Of each component, added up since the last evaluation.
    results: Score of each evaluation, and the number of its step, counted from 0.
    """

    n_steps: int = 0
    n_words: int = 0
    seconds: float = 0.0
    losses: dict[str, float] = field(default_factory=dict)
    results: list[tuple[float, int]] = field(default_factory=list)

    def is_over(self, *, max_steps: int, patience: int) -> bool:
        """Whether there is nothing to do after the last step, by spaCy's rules; 0 is no limit."""
        if not self.results:
            return False
        last_step = self.n_steps - 1
        _, negative_step = max((score, -step) for score, step in self.results)  # the earliest of the best
        return bool((patience and last_step + negative_step >= patience) or (max_steps and last_step >= max_steps))

    def to_dict(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_dict(cls, values: dict[str, Any]) -> "Progress":
        return cls(**{**values, "results": [(score, step) for score, step in values["results"]]})


@dataclass
class Run:
    """A training.

    config: With all variables replaced, as it was when training began: `before_to_disk` may change the pipeline's.
    """

    nlp: Language
    config: Config
    optimizer: Optimizer
    batches: RecordedBatches
    progress: Progress
