"""The temperature that makes scores probabilities.

Guo, Pleiss, Sun and Weinberger (2017), "On Calibration of Modern Neural Networks".
"""

from collections.abc import Callable

import numpy as np

from ..settings import HIGHEST_TEMPERATURE as HIGHEST
from ..settings import LOWEST_TEMPERATURE as LOWEST

N_COARSE = 9  # temperatures that are tried first, at equal ratios
PRECISION = 0.005  # of the result, relative
SAME_LOSS = 1e-4  # what rounding may make of equal losses; the ends of the range are as good as the best within it
GOLDEN = (5**0.5 - 1) / 2


def fit_temperature(loss: Callable[[float], float]) -> float:
    """The temperature from `LOWEST` to `HIGHEST` with the lowest loss; 1 where none is better.

    A coarse search finds the valley, golden-section search its lowest point, both on the logarithm: some 20 losses.

    loss (Callable[[float], float]): Negative log likelihood at a temperature.
    """

    def loss_at(log_temperature: float) -> float:
        return loss(float(np.exp(log_temperature)))

    coarse = np.linspace(np.log(LOWEST), np.log(HIGHEST), N_COARSE)
    best = int(np.argmin([loss_at(place) for place in coarse]))
    low, high = coarse[max(best - 1, 0)], coarse[min(best + 1, N_COARSE - 1)]
    left, right = high - GOLDEN * (high - low), low + GOLDEN * (high - low)
    loss_left, loss_right = loss_at(left), loss_at(right)
    while high - low > PRECISION:
        if loss_left <= loss_right:
            high, right, loss_right = right, left, loss_left
            left = high - GOLDEN * (high - low)
            loss_left = loss_at(left)
        else:
            low, left, loss_left = left, right, loss_right
            right = low + GOLDEN * (high - low)
            loss_right = loss_at(right)
    found = round(float(np.exp((low + high) / 2)), 4)
    if loss(1.0) <= loss(found):
        return 1.0
    return next((end for end in (LOWEST, HIGHEST) if loss(end) <= loss(found) + SAME_LOSS), found)
