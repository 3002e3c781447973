"""Generators go on where they were."""

import random

import numpy as np
import torch

from spacy_bert_ext.training.resuming.random_states import host_states, random_states, set_random_states


def draw() -> list[float]:
    # An odd number of normal variates: Python and NumPy keep the second one of each pair.
    return [random.gauss(0, 1), float(np.random.normal()), float(torch.randn(1)), random.random()]


def test_drawing_goes_on_from_a_state() -> None:
    random.gauss(0, 1)
    np.random.normal()
    states = random_states()
    expected = [draw() for _ in range(3)]
    set_random_states(states)
    assert [draw() for _ in range(3)] == expected


def test_states_are_bytes_that_change_with_what_is_drawn() -> None:
    before = host_states()
    assert set(before) == {"python", "numpy", "torch"}
    assert {state.dtype for state in before.values()} == {np.dtype(np.uint8)}
    random.random()
    after = host_states()
    assert {name for name in before if not np.array_equal(before[name], after[name])} == {"python"}


def test_states_of_gpus_that_are_not_there_are_left_out() -> None:
    set_random_states({f"cuda:{torch.cuda.device_count()}": np.zeros(16, dtype=np.uint8)})
