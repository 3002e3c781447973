"""Batches come again as they were, whoever else draws random numbers."""

import random
from collections.abc import Callable, Iterator

import numpy as np
import pytest
import torch

from spacy_bert_ext.training.resuming.random_states import host_states, random_states, set_random_states
from spacy_bert_ext.training.resuming.recorded_batches import RecordedBatches

DRAWS: dict[str, Callable[[], float]] = {
    "python": random.random,
    "numpy": np.random.normal,
    "torch": lambda: torch.rand(1).item(),
}


def numbers(*generators: str, every: int = 1) -> Iterator[tuple[int, list]]:
    """Batches of one random number from each generator; only each so-manieth has them."""
    for i in range(12):
        yield 0, [DRAWS[name]() for name in generators] if i % every == 0 else []


def nothing() -> None:
    pass


def in_another_process() -> None:
    for seed in (random.seed, np.random.seed, torch.manual_seed):
        seed(12345)


@pytest.mark.parametrize("name", DRAWS)
def test_states_are_restored(name: str) -> None:
    DRAWS[name]()  # leaves half a pair of normal numbers
    states = random_states()
    expected = [DRAWS[name]() for _ in range(5)]
    in_another_process()
    set_random_states(states)
    assert [DRAWS[name]() for _ in range(5)] == expected


def test_half_a_pair_of_normal_numbers_is_restored() -> None:
    random.gauss(0.0, 1.0)
    states = random_states()
    expected = [random.gauss(0.0, 1.0), random.gauss(0.0, 1.0)]
    in_another_process()
    set_random_states(states)
    assert [random.gauss(0.0, 1.0), random.gauss(0.0, 1.0)] == expected


def test_states_of_gpus_that_are_not_there_are_left_out() -> None:
    before = host_states()
    set_random_states({"cuda:99": np.zeros(16, dtype=np.uint8)})
    assert all(np.array_equal(before[name], state) for name, state in host_states().items())


@pytest.mark.parametrize("every", [1, 4])
@pytest.mark.parametrize(
    "drawn, between, n_noted",
    [
        (("python",), nothing, {1: 1, 4: 1}),  # all follows from the first state
        (("python",), DRAWS["numpy"], {1: 1, 4: 1}),
        (("python",), DRAWS["python"], {1: 12, 4: 3}),
        (("numpy", "torch"), nothing, {1: 2, 4: 2}),
        (("numpy", "torch"), DRAWS["torch"], {1: 13, 4: 4}),
        ((), DRAWS["python"], {1: 0, 4: 0}),
    ],
)
def test_batches_come_again(
    drawn: tuple[str, ...], between: Callable[[], float | None], n_noted: dict[int, int], every: int
) -> None:
    batches = RecordedBatches(numbers(*drawn, every=every))
    expected, states = [], {}
    for i in range(12):
        expected.append(next(batches))
        between()
        states[i + 1] = (random_states(), list(batches.draws))
    assert len(batches.draws) == n_noted[every]
    for n_batches in (1, 5, 8):
        in_another_process()
        again = RecordedBatches(numbers(*drawn, every=every))
        now, draws = states[n_batches]
        assert again.replay(n_batches, draws) == n_batches == again.n_drawn
        set_random_states(now)
        found = []
        for batch in again:
            found.append(batch)
            between()
        assert found == expected[n_batches:]
        # What is noted from here on is the same, so that a training can be resumed again.
        assert [(draw.n_before, draw.generator) for draw in again.draws] == [
            (draw.n_before, draw.generator) for draw in batches.draws
        ]


def test_fewer_batches_than_there_were_are_counted() -> None:
    assert RecordedBatches(numbers("python")).replay(13, []) == 12
