"""Many epochs and few are warned of after the first step, and nothing of the training changes."""

import random
import warnings
from collections.abc import Iterable, Iterator

import pytest
from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch

from spacy_bert_ext.training.resuming.first_epoch import FirstEpoch

BATCHER = {"@batchers": "spacy.batch_by_sequence.v1", "size": 2, "get_length": None}


@pytest.fixture
def examples(nlp: Language) -> list[Example]:
    doc = nlp("a")
    return [Example(doc, doc)] * 10


def by_two(examples: Iterable[Example]) -> Iterator[list[Example]]:
    return minibatch(examples, 2)


def noted(examples: Iterable[Example]) -> FirstEpoch:
    epoch = FirstEpoch()
    assert len(list(epoch.noting(by_two)(examples))) == 5
    return epoch


def training(max_steps: int) -> dict[str, object]:
    return {"max_steps": max_steps, "max_epochs": 0, "batcher": BATCHER}


def test_many_epochs_are_warned_of(examples: list[Example]) -> None:
    state = random.getstate()
    with pytest.warns(UserWarning, match=r"\[B566\] Many epochs: max_steps = 500.*100 times.*--training.max_steps"):
        noted(examples).warn(training(500))
    assert random.getstate() == state


def test_less_than_an_epoch_is_warned_of(examples: list[Example]) -> None:
    with pytest.warns(UserWarning, match=r"\[B566\] Less than an epoch: max_steps = 2 reads 40% of the 10"):
        noted(examples).warn(training(2))


def test_usual_trainings_and_streams_are_not_warned_of(examples: list[Example]) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        noted(examples).warn(training(50))
        noted(iter(examples)).warn(training(500))
        FirstEpoch().warn(training(500))
