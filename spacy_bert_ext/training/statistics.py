"""Numbers of a training that spaCy does not count."""

from collections.abc import Iterator
from timeit import default_timer as timer
from typing import Any

from spacy.language import Language

from ..encoder.shim import EncoderShim
from ..runtime.torch_shim import TorchShim
from .slowness import Slowness


class Statistics:
    """Counted between evaluations, for loggers, which are called after each step.

    words_per_second: Of training alone: neither evaluation nor saving, which come with the steps next to them, counts.
        None if there are no steps between two evaluations but these.
    padding: Share of padding in the pieces that the encoders saw in training, from 0 to 1; None without such.
    encoder_learn_rate, head_learn_rate: Highest one of the last step; None without such weights.
    """

    def __init__(self, nlp: Language) -> None:
        self._nlp = nlp
        self._slowness = Slowness()
        self._n_words = self._n_steps = 0  # up to the evaluation before
        self._begin()

    def _begin(self) -> None:
        self._n_timed = 0
        self._seconds = 0.0
        self._last: float | None = None  # when the step before ended, unless it was evaluated
        self._real, self._padded = self._pieces()

    def count_step(self) -> None:
        """After a step without evaluation."""
        now = timer()
        if self._last is not None:
            self._seconds += now - self._last
            self._n_timed += 1
        self._last = now

    def take(self, info: dict[str, Any]) -> dict[str, float | None]:
        """After a step with evaluation: the numbers since the evaluation before.

        info (Dict[str, Any]): What spaCy tells its loggers.
        """
        n_steps = info["step"] + 1
        # Counted by the step's number: in a resumed training this logger has not been called for each.
        words_per_step = (info["words"] - self._n_words) / (n_steps - self._n_steps)
        real, padded = self._pieces()
        real, padded = real - self._real, padded - self._padded
        numbers = {
            "words_per_second": words_per_step * self._n_timed / self._seconds if self._n_timed else None,
            "padding": 1 - real / padded if padded else None,
            "encoder_learn_rate": self._learn_rate("encoder"),
            "head_learn_rate": self._learn_rate("head"),
        }
        self._slowness.note(numbers["words_per_second"])
        self._n_words, self._n_steps = info["words"], n_steps
        self._begin()
        return numbers

    def _learn_rate(self, role: str) -> float | None:
        rates = [shim.learn_rate for shim in self._shims() if shim.role == role]
        return max((rate for rate in rates if rate is not None), default=None)

    def _pieces(self) -> tuple[int, int]:
        encoders = [shim for shim in self._shims() if isinstance(shim, EncoderShim)]
        return sum(shim.n_real_pieces for shim in encoders), sum(shim.n_padded_pieces for shim in encoders)

    def _shims(self) -> Iterator[TorchShim]:
        components: list[tuple[str, Any]] = self._nlp.pipeline
        for _, pipe in components:
            if getattr(pipe, "is_trainable", False):
                for node in pipe.model.walk():
                    yield from (shim for shim in node.shims if isinstance(shim, TorchShim))
