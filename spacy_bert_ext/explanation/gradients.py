"""Integrated gradients, and gradient times input.

Sundararajan, Taly, Yan 2017, "Axiomatic Attribution for Deep Networks": between a baseline and the text, the vectors of
all pieces are mixed; the gradients of the score along this way, times the way, add up to the difference of the scores.
Vectors of pieces alone are mixed: positions, token types, special pieces and a context stay as they are.

The score of BERT changes a lot early on the way, and hardly in its second half. So the way is cut into stretches, with
Gauss-Legendre points in each. What a stretch adds up to is compared with the difference of the scores at its ends;
while the sum of all misses by more than `TOLERANCE`, the worst stretch is halved.
"""

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
import torch
from torch import Tensor
from torch.utils.checkpoint import checkpoint

from ..arrays.transfer import to_device
from ..encoder.inputs import Inputs, inputs_of
from .copies import Copies, Rows
from .twin import Twin

TOLERANCE = 0.05  # of the difference of scores
MOST_TIMES = 16  # so many times the points of the beginning are the most
CUTS = (0.0, 0.25, 0.5, 1.0)  # between which the way begins
HALF_POINTS = 3  # of a stretch that was halved
GRADIENT_PIECES = {"cpu": 1024, "cuda": 8192, "mps": 4096}  # padded pieces whose activations are held at once


class Attributed(NamedTuple):
    """What each piece of the text has got.

    of_pieces: (n_pieces,) in float64.
    total: With what pieces of no token have got.
    value, baseline_value: Of the score.
    n_points: On the way, at which gradients were computed.
    """

    of_pieces: np.ndarray
    total: float
    value: float
    baseline_value: float
    n_points: int


@dataclass(frozen=True)
class Stretch:
    """A part of the way, and what each piece gets on it: (n_pieces,).

    error: How much more the pieces get than the scores at its ends differ.
    """

    begin: float
    end: float
    of_pieces: np.ndarray
    error: float


class Way:
    """The way from a baseline to the text.

    baseline (int): The piece that takes the others' places; None for vectors of zeros.
    """

    def __init__(self, copies: Copies, twin: Twin, baseline: int | None) -> None:
        self._copies, self._twin, self._baseline = copies, twin, baseline
        self._scores: dict[float, float] = {}
        self.n_points = 0

    def score(self, place: float) -> float:
        """At a place from 0, the baseline, to 1, the text."""
        if place not in self._scores:
            self.find_scores([place])
        return self._scores[place]

    @torch.no_grad()
    def find_scores(self, places: Sequence[float]) -> None:
        for chunk in self._chunks(places):
            parts = [
                (rows, self._twin(inputs, self._mixed(rows, inputs, chunk)[0])) for rows, inputs in self._rows(chunk)
            ]
            self._scores.update(zip(chunk, self._copies.scores(parts, len(chunk)).cpu().double().tolist()))

    def gradients(self, places: Sequence[float], weights: Sequence[float], *, times_input: bool = False) -> np.ndarray:
        """What each piece gets at each place, times its weight: (n_places, n_pieces).

        times_input (bool): The gradients times the vectors themselves, not times the way.
        """
        found = np.zeros((len(places), len(self._copies.batches.pieces.ids)))
        done = 0
        for chunk in self._chunks(places):
            found[done : done + len(chunk)] = self._gradients(chunk, times_input=times_input)
            done += len(chunk)
        self.n_points += len(places)
        found *= np.array(weights)[:, None]
        return found

    def _gradients(self, places: Sequence[float], *, times_input: bool) -> np.ndarray:
        rows_and_inputs = list(self._rows(places))
        leaves, ways, parts = [], [], []
        for rows, inputs in rows_and_inputs:
            mixed, way = self._mixed(rows, inputs, places)
            leaves.append(mixed.requires_grad_())
            ways.append(mixed.detach() if times_input else way)
            parts.append((rows, self._hidden(inputs, leaves[-1], again=len(rows_and_inputs) > 1)))
        scores = self._copies.scores(parts, len(places))
        gradients = torch.autograd.grad(scores.sum(), leaves)
        n_pieces = len(self._copies.batches.pieces.ids)
        found = np.zeros((len(places), n_pieces))
        for (rows, _), way, gradient in zip(rows_and_inputs, ways, gradients):
            slots = self._copies.slots(rows.batch)
            products = (gradient * way).sum(-1).flatten().cpu().double().numpy()
            # A piece in the overlap of two windows gets what it gets in both.
            np.add.at(found, (rows.copies[slots.rows], slots.pieces), products[slots.places])
        return found

    def _hidden(self, inputs: Inputs, leaf: Tensor, *, again: bool) -> Tensor:
        """again (bool): Compute it a second time on the way back, so that one batch's activations are held at once."""
        if not again:
            return self._twin(inputs, leaf)
        hidden: Tensor = checkpoint(self._twin, inputs, leaf, use_reentrant=False, preserve_rng_state=False)
        return hidden

    def _chunks(self, places: Sequence[float]) -> list[Sequence[float]]:
        """Places that are computed together: all windows of as many copies as have room."""
        n_pieces = int(self._copies.batches.lengths[self._copies.windows].sum())
        room = min(GRADIENT_PIECES[self._copies.device.type] // max(n_pieces, 1), self._copies.most_copies)
        size = max(1, room)
        return [places[start : start + size] for start in range(0, len(places), size)]

    def _rows(self, places: Sequence[float]) -> list[tuple[Rows, Inputs]]:
        windows = self._copies.windows
        copies = np.repeat(np.arange(len(places)), len(windows))
        most = GRADIENT_PIECES[self._copies.device.type]
        packed = self._copies.packed(copies, np.tile(windows, len(places)), most)
        return [(rows, inputs_of(rows.batch, self._copies.device)) for rows in packed]

    def _mixed(self, rows: Rows, inputs: Inputs, places: Sequence[float]) -> tuple[Tensor, Tensor]:
        """Vectors at the places of the rows' copies, and the way from the baseline to the text: (k, length, size)."""
        slots = to_device(self._copies.slots(rows.batch).places, self._copies.device)
        text = self._twin.embed(inputs.ids)
        if self._baseline is None:
            baseline = text.flatten(0, 1).index_fill(0, slots, 0.0).view(text.shape)
        else:
            ids = inputs.ids.flatten().index_fill(0, slots, self._baseline).view(inputs.ids.shape)
            baseline = self._twin.embed(ids)
        way = text - baseline
        mix = to_device(np.array(places, dtype=np.float32)[rows.copies], self._copies.device)
        return baseline + mix[:, None, None] * way, way


def integrated_gradients(way: Way, steps: int, tell: Callable[[int], None]) -> Attributed:
    """steps (int): Points at which gradients are computed at first. tell: Is told how many more have been."""
    cuts = CUTS if steps >= len(CUTS) - 1 else (CUTS[0], CUTS[-1])
    way.find_scores(cuts)
    sizes = [len(part) for part in np.array_split(np.arange(steps), len(cuts) - 1)]
    stretches = _stretches(way, list(itertools.pairwise(cuts)), sizes)
    tell(way.n_points)
    difference = way.score(1.0) - way.score(0.0)
    while abs(sum(part.error for part in stretches)) > TOLERANCE * abs(difference):
        n_points = 2 * max(HALF_POINTS, steps // len(CUTS) + 1)
        if way.n_points + n_points > MOST_TIMES * steps:
            break
        worst = max(stretches, key=lambda part: abs(part.error))
        stretches.remove(worst)
        middle = (worst.begin + worst.end) / 2
        bounds = [(worst.begin, middle), (middle, worst.end)]
        stretches += _stretches(way, bounds, [n_points // 2] * 2)
        tell(n_points)
    found = sum((part.of_pieces for part in stretches), start=np.zeros(len(stretches[0].of_pieces)))
    return _attributed(found, way, way.score(0.0))


def gradient_times_input(way: Way) -> Attributed:
    """The gradient at the text itself. What special pieces would get is left out."""
    found = way.gradients([1.0], [1.0], times_input=True)[0]
    return _attributed(found, way, float("nan"))


def _attributed(of_pieces: np.ndarray, way: Way, baseline_value: float) -> Attributed:
    value, total = way.score(1.0), float(of_pieces.sum())
    return Attributed(of_pieces, total, value=value, baseline_value=baseline_value, n_points=way.n_points)


def _stretches(way: Way, bounds: Sequence[tuple[float, float]], sizes: Sequence[int]) -> list[Stretch]:
    """Gauss-Legendre points in each of them, all computed together."""
    places, weights = [], []
    for (begin, end), size in zip(bounds, sizes):
        points, shares = np.polynomial.legendre.leggauss(size)
        places += (begin + (points + 1) / 2 * (end - begin)).tolist()
        weights += (shares / 2 * (end - begin)).tolist()
    found = np.split(way.gradients(places, weights), np.cumsum(sizes)[:-1])
    return [
        Stretch(begin, end, part.sum(0), float(part.sum()) - (way.score(end) - way.score(begin)))
        for (begin, end), part in zip(bounds, found)
    ]
