"""The Docs of an epoch, which tell how many epochs a training has: too many and too few are warned of."""

import warnings
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from spacy.training import Example
from spacy.util import registry

from ...errors import Warnings
from ..epochs import epochs_of, estimate_steps
from .random_states import host_states, set_random_states

Batcher = Callable[[Iterable[Example]], Iterable[list[Example]]]


class FirstEpoch:
    """Takes the Docs as they come to the batcher: a corpus that is streamed has no epoch that could be counted."""

    def __init__(self) -> None:
        self._examples: Sequence[Example] = ()

    def noting(self, batcher: Batcher) -> Batcher:
        """The batcher, whose Docs are noted."""

        def batch(examples: Iterable[Example]) -> Iterator[list[Example]]:
            if isinstance(examples, list):
                self._examples = examples
            yield from batcher(examples)

        return batch

    def warn(self, T: Mapping[str, Any]) -> None:
        """After the first step. T (Mapping[str, Any]): The block [training] of the config, without variables."""
        if not self._examples:
            return
        states = host_states()
        # A batcher of its own: some change with each batch.
        batcher: Any = registry.resolve({"batcher": T["batcher"]})["batcher"]
        steps_per_epoch = estimate_steps(batcher, self._examples)
        set_random_states(states)
        epochs = epochs_of(T, steps_per_epoch=steps_per_epoch, n_docs=len(self._examples))
        fault = None if epochs is None else epochs.fault()
        if fault is not None:
            warnings.warn(Warnings.B566.format(fault=fault[0], advice=fault[1]))
