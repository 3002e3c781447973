"""Factors worked out by hand."""

import math
from itertools import islice

import pytest
from spacy.util import registry
from thinc.api import Config, warmup_linear

from spacy_bert_ext.training.schedules import create_warmup_v1


def factors(n_steps: int, **settings) -> list[float]:
    return list(islice(create_warmup_v1(**settings), n_steps))


def test_linear() -> None:
    found = factors(9, shape="linear", warmup=2, total_steps=6)
    assert found == [0.0, 0.5, 1.0, 0.75, 0.5, 0.25, 0.0, 0.0, 0.0]


def test_linear_is_thincs_warmup_linear() -> None:
    expected = list(islice(warmup_linear(1.0, 7, 50), 60))
    assert factors(60, shape="linear", warmup=7, total_steps=50) == pytest.approx(expected, abs=1e-12)


def test_linear_to_a_lowest_factor() -> None:
    found = factors(9, shape="linear", warmup=2, total_steps=6, lowest=0.2)
    assert found == pytest.approx([0.0, 0.5, 1.0, 0.8, 0.6, 0.4, 0.2, 0.2, 0.2])


def test_cosine() -> None:
    # (1 + cos 45 degrees) / 2 = 0.85355
    found = factors(9, shape="cosine", warmup=2, total_steps=6)
    assert found == pytest.approx([0.0, 0.5, 1.0, 0.8535534, 0.5, 0.1464466, 0.0, 0.0, 0.0], abs=1e-7)


def test_cosine_to_a_lowest_factor() -> None:
    half = math.sqrt(0.5) / 2
    found = factors(8, shape="cosine", warmup=2, total_steps=6, lowest=0.2)
    expected = [0.0, 0.5, 1.0, 0.2 + 0.8 * (0.5 + half), 0.6, 0.2 + 0.8 * (0.5 - half), 0.2, 0.2]
    assert found == pytest.approx(expected)


@pytest.mark.parametrize("total_steps", [None, 0, 6])
def test_constant_stays_where_the_warm_up_ends(total_steps: int | None) -> None:
    found = factors(9, shape="constant", warmup=4, total_steps=total_steps, lowest=0.5)
    assert found == [0.0, 0.25, 0.5, 0.75, 1.0, 1.0, 1.0, 1.0, 1.0]


@pytest.mark.parametrize("shape", ["linear", "cosine", "constant"])
@pytest.mark.parametrize("warmup", [0, 0.0])
def test_without_a_warm_up_the_first_factor_is_1(shape: str, warmup: float) -> None:
    assert factors(2, shape=shape, warmup=warmup, total_steps=10)[0] == 1.0


@pytest.mark.parametrize(
    ("share", "total_steps", "steps"), [(0.1, 1000, 100), (0.29, 100, 29), (0.5, 3, 2), (0.01, 10, 0), (0.999, 10, 9)]
)
def test_a_share_is_rounded_to_steps_but_not_to_all(share: float, total_steps: int, steps: int) -> None:
    settings = {"shape": "linear", "total_steps": total_steps}
    assert factors(total_steps + 2, warmup=share, **settings) == factors(total_steps + 2, warmup=steps, **settings)


def test_steps_and_shares_are_told_apart_in_a_config() -> None:
    text = '[schedule]\n@schedules = "spacy-bert-ext.warmup.v1"\nshape = "linear"\ntotal_steps = 8\nwarmup = {}\n'
    for warmup, expected in (("4", [0.0, 0.25, 0.5]), ("0.25", [0.0, 0.5, 1.0]), ("1", [0.0, 1.0, 6 / 7])):
        schedule = registry.resolve(Config().from_str(text.format(warmup)))["schedule"]
        assert list(islice(schedule, 3)) == pytest.approx(expected)


@pytest.mark.parametrize("total_steps", [None, 0])
@pytest.mark.parametrize(
    ("shape", "warmup"), [("linear", 10), ("cosine", 10), ("linear", 0.1), ("cosine", 0.1), ("constant", 0.1)]
)
def test_an_unknown_number_of_steps_is_refused_where_it_is_needed(shape, warmup, total_steps) -> None:
    found = rf"\"{shape}\"` and `warmup = {warmup}`.*is {total_steps}\."
    message = rf"B080.*{found} Set it to `\$\{{training.max_steps\}}`.*constant"
    with pytest.raises(ValueError, match=message):
        create_warmup_v1(shape=shape, warmup=warmup, total_steps=total_steps)


@pytest.mark.parametrize("shape", ["linear", "cosine", "constant"])
@pytest.mark.parametrize("warmup", [0.1, 5])
def test_a_loop_of_ones_own_for_which_no_variable_is_replaced_has_constant_rates(shape: str, warmup: float) -> None:
    assert factors(4, shape=shape, warmup=warmup, total_steps="${training.max_steps}") == [1.0] * 4


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"shape": "exponential"}, r"B010.*'exponential'.*`shape`.*linear, cosine, constant"),
        ({"lowest": -0.1}, r"B012.*`lowest = -0\.1`.*from 0 to 1"),
        ({"lowest": 1.1}, r"B012.*`lowest = 1\.1`"),
        ({"total_steps": -1}, r"B012.*`total_steps = -1`"),
        ({"total_steps": "many"}, r"B012.*`total_steps = many`.*a number, or null"),
        ({"warmup": 1.0}, r"B012.*`warmup = 1\.0`.*share"),
        ({"warmup": -0.1}, r"B012.*`warmup = -0\.1`"),
        ({"warmup": -1}, r"B012.*`warmup = -1`"),
        ({"warmup": 10}, r"B012.*`warmup = 10`.*below `total_steps = 10`"),
    ],
)
def test_settings_out_of_range_are_refused(settings: dict, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        create_warmup_v1(**{"total_steps": 10, **settings})
