"""Steps, epochs and time, as the doctor tells them."""

import re

import pytest
from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch

from spacy_bert_ext.cli.doctor.steps import Length, tell_duration, tell_epochs
from spacy_bert_ext.cli.doctor.trial import Times


def training(**settings: object) -> dict[str, object]:
    by_two = {"batcher": lambda examples: minibatch(examples, 2)}
    return {"max_steps": 0, "max_epochs": 0, "patience": 0, "eval_frequency": 10, **by_two, **settings}


@pytest.fixture
def examples(nlp: Language) -> list[Example]:
    """10 Docs: 5 steps."""
    doc = nlp("a")
    return [Example(doc, doc)] * 10


def told(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(re.sub(r"\x1b\[[0-9;]*m", "", capsys.readouterr().out).split())


def test_usual_epochs_are_not_warned_of(examples: list[Example], capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_epochs(examples, training(max_steps=20)) == 20
    assert told(capsys).endswith("An epoch has about 5 steps max_steps = 20: 4.0 epochs.")


def test_many_epochs_and_few_are_warned_of(examples: list[Example], capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_epochs(examples, training(max_steps=500)) == 500
    assert "Many epochs: max_steps = 500 goes through the 10 train Docs 100 times" in told(capsys)
    assert tell_epochs(examples, training(max_steps=2)) == 2
    assert "Less than an epoch: max_steps = 2 reads 40% of the 10 train Docs" in told(capsys)


def test_epochs_that_end_before_the_schedule_are_warned_of(
    examples: list[Example], capsys: pytest.CaptureFixture[str]
) -> None:
    assert tell_epochs(examples, training(max_steps=100, max_epochs=3)) == 15
    output = told(capsys)
    assert "max_epochs = 3 ends the training after 15 of 100 steps" in output and "`max_steps = 15`" in output


def test_a_training_without_an_end_has_no_epochs(examples: list[Example], capsys: pytest.CaptureFixture[str]) -> None:
    assert tell_epochs(examples, training(patience=5)) == 0
    assert tell_epochs(examples, training(max_epochs=-1, max_steps=7)) == 7
    assert tell_epochs([], training(max_steps=7)) == 7
    assert "Many" not in told(capsys)


def test_the_time_is_that_of_steps_and_evaluations(capsys: pytest.CaptureFixture[str]) -> None:
    # 100 steps of 0.5 s, and 10 evaluations of 200 Docs, of which 100 took 1 s.
    tell_duration(Length(100, 200), Times((0.5, 0.5), 1.0), training(patience=50))
    output = told(capsys)
    assert "takes about 1 min 10 s, between 1 min 3 s and 1 min 17 s" in output
    assert "100 steps, 2 per s, and 10 evaluations of 200 Docs, 2.0 s each. `patience` may end it earlier." in output
    tell_duration(Length(1, 0), Times((2.0,), 0.0), training())
    output = told(capsys)
    assert "1 step, 0.5 per s. Timed with 1 step, at the present load" in output and "patience" not in output


def test_only_the_rate_is_told_where_the_time_cannot_be_known(capsys: pytest.CaptureFixture[str]) -> None:
    tell_duration(Length(0, 200), Times((0.5, 0.5), 1.0), training())
    assert "The training does 2 steps per s Timed with 2 steps" in told(capsys)
    tell_duration(Length(100, 200), Times((0.5, 0.5), 1.0, is_held=True), training())
    output = told(capsys)
    assert "2 steps per s while the encoder is held, and fewer when all of it learns" in output
