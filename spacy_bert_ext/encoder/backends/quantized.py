"""A graph → the same in int8, by `nncf`.

Weights have a scale for each channel or embedding, activations one for each layer, from the calibration: no text
depends on its company. Outliers of activations are moved into the weights before (Xiao et al. 2023, "SmoothQuant").
"""

import contextlib
import io
import logging
from collections.abc import Iterator, Sequence
from typing import Any

from ..inputs import Inputs
from .backend import Progress
from .libraries import without_telemetry
from .traced import Traced, in_order, not_exported

# Of the pass that smooths activations, and of the one that finds their ranges.
_PASSES = 2
# How much of the outliers of activations goes into the weights, from 0 to 1: the best of .5 to .95 on four data sets.
SMOOTHING = 0.8


def int8_graph(
    nncf: Any,
    model: Any,
    trace: Traced,
    *,
    batches: Sequence[Inputs],
    exact: Sequence[str] = (),
    progress: Progress,
) -> Any:
    """nncf: The library. model: A graph of OpenVINO's or of ONNX, made of the trace. exact: Names of what stays exact.

    RAISES (ValueError): The library can't make it int8.
    """
    names = trace.inputs
    items = [{name: t.cpu().numpy() for name, t in zip(names, in_order(names, batch))} for batch in batches]
    total = _PASSES * len(items)
    try:
        smoothing = nncf.AdvancedQuantizationParameters(
            smooth_quant_alphas=nncf.AdvancedSmoothQuantParameters(matmul=SMOOTHING)
        )
        with without_telemetry(), _quiet(nncf):
            int8 = nncf.quantize(
                model,
                nncf.Dataset(_Counted(items, total, progress)),
                model_type=nncf.ModelType.TRANSFORMER,
                preset=nncf.QuantizationPreset.MIXED,
                subset_size=len(items),
                ignored_scope=nncf.IgnoredScope(names=list(exact)),
                advanced_parameters=smoothing,
            )
    except Exception as error:  # the library has many kinds of its own
        raise not_exported(trace.original, trace.backend, f"NNCF can't make it int8 ({error})") from error
    progress("Calibrating", total, total)
    return int8


class _Counted:
    """Tells how far it is whenever it is gone through again."""

    def __init__(self, items: Sequence[Any], total: int, progress: Progress) -> None:
        self._items, self._total, self._progress, self._n_seen = items, total, progress, 0

    def __len__(self) -> int:
        return len(self._items)

    def __iter__(self) -> Iterator[Any]:
        for item in self._items:
            yield item
            self._n_seen += 1
            self._progress("Calibrating", min(self._n_seen, self._total), self._total)


@contextlib.contextmanager
def _quiet(nncf: Any) -> Iterator[None]:
    """Without the library's own messages and progress bars."""
    nncf.set_log_level(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        yield
