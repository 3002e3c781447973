"""The methods by their names, and what each of them needs."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

import numpy as np

from ..encoder.shim import EncoderShim, own_copy
from ..errors import Errors
from ..runtime.progress import bar
from ..settings import check_number, is_whole_number
from ..types import Ints1d
from .attention import attention_weights
from .baselines import BASELINES, baseline_piece
from .copies import Copies
from .gradients import Way, gradient_times_input, integrated_gradients
from .occlusion import Occlusion
from .twin import Twin

INTEGRATED_GRADIENTS, OCCLUSION, ATTENTION = "integrated_gradients", "occlusion", "attention"
ROLLOUT, GRADIENT_TIMES_INPUT = "rollout", "gradient_times_input"
METHODS = (INTEGRATED_GRADIENTS, OCCLUSION, ATTENTION, ROLLOUT, GRADIENT_TIMES_INPUT)

MOST_STEPS = 1000  # finding the places of points takes the third power of their number


class Request(NamedTuple):
    """component: Its name. The others: See `ExplainedHead.explain`."""

    component: str
    method: str
    steps: int
    baseline: str
    max_batch_pieces: int


def check_options(method: str, steps: int, baseline: str) -> None:
    """RAISES (ValueError): An unknown method or baseline, or steps out of range."""
    for setting, found, allowed in (("method", method, METHODS), ("baseline", baseline, BASELINES)):
        if found not in allowed:
            raise ValueError(Errors.B390.format(setting=setting, found=found, allowed=", ".join(allowed)))
    numbers = f"a whole number from 1 to {MOST_STEPS}"
    check_number("steps", steps, lambda number: is_whole_number(number) and 1 <= number <= MOST_STEPS, numbers)


class Weighed(NamedTuple):
    """scores: (n_tokens,) in float64. The others: See `Explanation`; `n_points` tells how many gradients it took."""

    scores: np.ndarray
    value: float
    baseline_value: float = float("nan")
    baseline: str = ""
    completeness_error: float | None = None
    n_points: int = 0


def check_weights(shim: EncoderShim, request: Request) -> None:
    """RAISES (ValueError): The method needs torch weights, and the encoder has none."""
    if request.method != OCCLUSION and not shim.loaded.checkpoint.has_weights:
        reason = f'its encoder has no torch weights, only int8 files for `backend = "{shim.settings.backend}"`'
        raise ValueError(Errors.B394.format(name=request.component, reason=reason, method=OCCLUSION))


def weigh(copies: Copies, shim: EncoderShim, request: Request, tokens: Ints1d) -> Weighed:
    """Scores of tokens.

    tokens: Those that are shown; occlusion leaves the others at 0: (n,).
    """
    if request.method == OCCLUSION:
        return _occlude(copies, shim, request, tokens)
    twin = Twin(own_copy(shim), request.component)
    if request.method in (ATTENTION, ROLLOUT):
        rollout, most = request.method == ROLLOUT, request.max_batch_pieces
        of_pieces = attention_weights(copies, twin, rollout=rollout, max_batch_pieces=most)
        return Weighed(copies.pieces.per_token(of_pieces), Way(copies, twin, None).score(1.0))
    if request.method == GRADIENT_TIMES_INPUT:
        found = gradient_times_input(Way(copies, twin, None))
        return Weighed(copies.pieces.per_token(found.of_pieces), found.value)
    piece = baseline_piece(request.baseline, shim.loaded.checkpoint.tokenizer, request.component)
    with _telling("Gradients", None, "points") as tell:
        found = integrated_gradients(Way(copies, twin, piece), request.steps, tell)
    difference = abs(found.value - found.baseline_value)
    miss = abs(found.total - (found.value - found.baseline_value))
    return Weighed(
        copies.pieces.per_token(found.of_pieces),
        found.value,
        found.baseline_value,
        baseline=request.baseline,
        completeness_error=miss / difference if difference else float(miss > 0),
        n_points=found.n_points,
    )


def _occlude(copies: Copies, shim: EncoderShim, request: Request, tokens: Ints1d) -> Weighed:
    piece = baseline_piece(request.baseline, shim.loaded.checkpoint.tokenizer, request.component)
    if piece is None:
        reason = 'occlusion predicts with pieces, and no piece has a vector of zeros, as `baseline="zero"` wants'
        raise ValueError(Errors.B394.format(name=request.component, reason=reason, method=INTEGRATED_GRADIENTS))
    occlusion = Occlusion(copies, shim.predictor(), piece, max_batch_pieces=request.max_batch_pieces)
    scores, tokens = np.zeros(len(copies.pieces.start)), occlusion.tokens_read(tokens)
    with _telling("Occlusion", len(tokens), "tokens") as tell:
        scores[tokens] = occlusion.falls(tokens, tell)
    return Weighed(scores, occlusion.value(), occlusion.baseline_value(), baseline=request.baseline)


@contextmanager
def _telling(title: str, total: int | None, unit: str) -> Iterator[Callable[[int], None]]:
    """A bar, if it takes long."""
    with bar(title, total, unit) as progress:
        yield lambda n: progress.update(n) and None
