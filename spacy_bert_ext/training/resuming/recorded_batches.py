"""Training batches that can be drawn again, so that an interrupted training finds its place in the corpus."""

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
from spacy.training import Example

from ...runtime.progress import counted
from .random_states import RandomState, RandomStates, host_states, set_random_states

EpochBatch = tuple[int, list[Example]]


class Draw(NamedTuple):
    """The state that a generator had when a batch was drawn.

    n_before: How many batches had been drawn before.
    """

    n_before: int
    generator: str
    state: RandomState


class RecordedBatches:
    """An iterator over the batches of all epochs that notes what they depend on.

    The order of Examples, the cuts between batches, augmentation: all may draw random numbers, and a batcher may keep
    a state that can't be saved (sizes that grow, a buffer). So all batches are drawn again, and what is noted is the
    state of each generator before it is drawn from. States that follow from drawing the batches one after the other,
    with no training in between, are left out: in most trainings one state of Python's generator remains.

    epoch: That of the last batch.
    """

    def __init__(self, batches: Iterable[EpochBatch]) -> None:
        self._batches = iter(batches)
        self._followed: RandomStates = {}  # where drawing alone would have led, for generators that were drawn from
        self.draws: list[Draw] = []
        self.n_drawn = self.epoch = 0

    def __iter__(self) -> Iterator[EpochBatch]:
        return self

    def __next__(self) -> EpochBatch:
        before = host_states()
        batch = next(self._batches)
        for name, after in host_states().items():
            if not np.array_equal(before[name], after):
                followed = self._followed.get(name)
                if followed is None or not np.array_equal(before[name], followed):
                    self.draws.append(Draw(self.n_drawn, name, before[name]))
                self._followed[name] = after
        self.n_drawn += 1
        self.epoch = batch[0]
        return batch

    def replay(self, n_batches: int, draws: Sequence[Draw]) -> int:
        """Draw the first batches again, as they were drawn when `draws` was noted. Only for a new object.

        RETURNS (int): How many there were: fewer than `n_batches` if the corpus has less than it had.
        """
        noted: dict[int, RandomStates] = {}
        for draw in draws:
            noted.setdefault(draw.n_before, {})[draw.generator] = draw.state
        for i in counted(range(n_batches), "Drawing batches again", n_batches, "batches"):
            set_random_states(noted.get(i, {}))
            batch = next(self._batches, None)
            if batch is None:
                return int(i)
            self.epoch = batch[0]
        drawn_from = {draw.generator for draw in draws}
        self._followed = {name: state for name, state in host_states().items() if name in drawn_from}
        self.draws = list(draws)
        self.n_drawn = n_batches
        return n_batches
