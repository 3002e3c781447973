"""Numbers in settings. True and False are none, though Python counts with them; nan is in no range."""

from collections.abc import Callable, Sequence
from numbers import Integral, Real
from typing import TypeGuard

from .errors import Errors

# Of temperatures, by which logits are divided. Where every prediction is right, ever lower ones fit better; where
# scores say nothing, ever higher ones.
LOWEST_TEMPERATURE, HIGHEST_TEMPERATURE = 0.05, 20.0


def is_number(found: object) -> TypeGuard[float]:
    return isinstance(found, Real) and not isinstance(found, bool)


def check_number(setting: str, found: object, is_legal: Callable[[float], bool], allowed: str) -> None:
    """RAISES (ValueError): No number, or an illegal one."""
    if not is_number(found):
        raise ValueError(Errors.B077.format(setting=setting, found=found, allowed=allowed))
    if not is_legal(found):
        raise ValueError(Errors.B012.format(setting=setting, found=found, allowed=allowed))


class NumberSetting:
    """An attribute that may be set at any time, to a legal number.

    RAISES (ValueError): It is set to something else.
    """

    def __init__(self, is_legal: Callable[[float], bool], allowed: str) -> None:
        self._is_legal, self._allowed = is_legal, allowed

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> float:
        number: float = vars(instance)[self._name]
        return number

    def __set__(self, instance: object, number: float) -> None:
        check_number(self._name, number, self._is_legal, self._allowed)
        vars(instance)[self._name] = number


def check_whole_number(setting: str, found: object, lowest: int) -> None:
    """RAISES (ValueError): No whole number, or one below the lowest."""
    allowed = f"a whole number of {lowest} or more"
    check_number(setting, found, lambda number: is_whole_number(number) and number >= lowest, allowed)


def is_whole_number(number: object) -> bool:
    return isinstance(number, Integral)


def check_temperature(found: object) -> None:
    """RAISES (ValueError): No number, or one out of range."""
    allowed = f"from {LOWEST_TEMPERATURE} to {HIGHEST_TEMPERATURE}, such as `python -m spacy bert calibrate` finds"
    check_number("temperature", found, lambda x: LOWEST_TEMPERATURE <= x <= HIGHEST_TEMPERATURE, allowed)


def from_0_to_1(number: float) -> bool:
    return 0 <= number <= 1


def check_thresholds(found: object, labels: Sequence[str]) -> None:
    """RAISES (ValueError): No table of thresholds of these labels."""
    if not isinstance(found, dict):
        raise ValueError(f"its `thresholds` are {found!r}, no table")
    for label, threshold in found.items():
        if label not in labels:
            raise ValueError(f"{label!r} among its `thresholds` is none of its labels")
        if not is_number(threshold) or not from_0_to_1(threshold):
            raise ValueError(f"the threshold of {label!r} is {threshold!r}, no number from 0 to 1")
