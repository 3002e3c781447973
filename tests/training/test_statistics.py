"""Numbers of a training that spaCy does not count."""

import pytest
from spacy.language import Language
from thinc.api import Adam

from spacy_bert_ext.training.statistics import Statistics
from tests.annotated import make_examples
from tests.pipeline.pipelines import encoder_of
from tests.training.logged import make_logged, set_times, take_step, told


@pytest.fixture
def nlp(bert_folder: str) -> Language:
    return make_logged(bert_folder)


def test_words_per_second_leave_out_what_is_between_steps(nlp: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    statistics = Statistics(nlp)
    assert statistics.take(told(0, 7))["words_per_second"] is None
    # The interval before the first step holds the saving of a pipeline; two steps take 1 and 1.5 seconds, with 10 words
    # a step; the fourth ends with an evaluation.
    set_times(monkeypatch, 10.0, 11.0, 12.5, 100.0, 100.5)
    for _ in range(3):
        statistics.count_step()
    assert statistics.take(told(4, 47))["words_per_second"] == pytest.approx(8.0)
    for _ in range(2):
        statistics.count_step()
    assert statistics.take(told(7, 77))["words_per_second"] == pytest.approx(20.0)


def test_words_of_steps_before_an_interruption_do_not_count(nlp: Language, monkeypatch: pytest.MonkeyPatch) -> None:
    """A resumed training's logger begins with its 22nd step, after 21 steps of 10 words."""
    statistics = Statistics(nlp)
    set_times(monkeypatch, 10.0, 11.0, 13.0)
    for _ in range(3):
        statistics.count_step()
    assert statistics.take(told(24, 250))["words_per_second"] == pytest.approx(10 * 2 / 3.0)


def test_padding_is_that_of_training_since_the_evaluation_before(nlp: Language) -> None:
    shim, statistics = encoder_of(nlp).shim, Statistics(nlp)
    assert statistics.take(told(0, 0))["padding"] is None
    take_step(nlp)
    assert (shim.n_real_pieces, shim.n_padded_pieces) == (15, 20)
    assert statistics.take(told(1, 11))["padding"] == 0.25
    nlp("the the the")
    assert statistics.take(told(2, 11))["padding"] is None


def test_learning_rates_are_those_of_the_last_step(nlp: Language) -> None:
    statistics = Statistics(nlp)
    numbers = statistics.take(told(0, 0))
    assert (numbers["encoder_learn_rate"], numbers["head_learn_rate"]) == (None, None)
    take_step(nlp)
    numbers = statistics.take(told(1, 11))
    assert (numbers["encoder_learn_rate"], numbers["head_learn_rate"]) == (0.0005, 0.01)
    nlp.update(make_examples(nlp), sgd=Adam(0.003))
    numbers = statistics.take(told(2, 33))
    assert (numbers["encoder_learn_rate"], numbers["head_learn_rate"]) == (0.003, 0.003)
