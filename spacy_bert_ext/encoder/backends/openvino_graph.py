"""An encoder's module → a graph of OpenVINO, in fp32 or int8, and its files."""

import contextlib
import io
import logging
from collections.abc import Iterable, Iterator, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from torch import nn

from ...files.folder_bytes import temporary_folder
from ...huggingface.probe import are_same
from ..inputs import Inputs
from .backend import Progress
from .exact_layers import exact_layers
from .int8_files import Int8Files
from .openvino_library import BACKEND, nncf, openvino, without_telemetry
from .traced import Traced, example_inputs, in_order, not_exported, traced

XML, BIN = "openvino_model.xml", "openvino_model.bin"
# Of the pass that smooths activations, and of the one that finds their ranges.
_PASSES = 2
# How much of the outliers of activations goes into the weights, from 0 to 1: the best of .5 to .95 on four data sets.
SMOOTHING = 0.8
_PROBES = ((1, 5), (3, 18))  # windows, pieces


def converted(module: nn.Module) -> tuple[Any, Traced]:
    """The module's graph in fp32.

    RAISES (ValueError): The architecture can't be exported. (ImportError): OpenVINO is not installed.
    """
    ov, trace = openvino(), traced(module, BACKEND)
    try:
        with without_telemetry(), torch.no_grad():
            model = ov.convert_model(trace.script, example_input=trace.example)
    except Exception as error:  # the library has many kinds of its own
        raise not_exported(module, BACKEND, error) from error
    for port, name in zip((*model.inputs, *model.outputs), (*trace.inputs, *trace.outputs)):
        port.get_tensor().add_names({name})
    _check(model, trace, module)
    return model, trace


def _check(model: Any, trace: Traced, module: nn.Module) -> None:
    """RAISES (ValueError): With other lengths than those that it was traced with, the graph gives other vectors."""
    compiled = compile_graph(model, torch.float32, n_threads=1)
    for n_windows, n_pieces in _PROBES:
        given = example_inputs(trace.inputs, n_windows, n_pieces, trace.n_embeddings)
        with torch.no_grad():
            expected = trace.module(*given)[0]
        try:
            found = torch.from_numpy(compiled([tensor.numpy() for tensor in given])[0])
        except RuntimeError as error:
            raise not_exported(module, BACKEND, error) from error
        seen = given[1].bool()
        if not are_same(found[seen], expected[seen]):
            reason = "its graph gives other vectors for other lengths than those that it was traced with"
            raise not_exported(module, BACKEND, reason)


def quantized(module: nn.Module, checksum: str, batches: Sequence[Inputs], progress: Progress) -> Int8Files:
    """The module's graph with weights and activations in int8.

    Weights have a scale for each channel or embedding, activations one for each layer, from the calibration: no text
    depends on its company. Outliers of activations are moved into the weights before (Xiao et al. 2023, "SmoothQuant").
    A few layers stay as they are, see `exact_layers`; their weights are kept in fp16.

    RAISES (ValueError): The architecture can't be exported. (ImportError): OpenVINO or NNCF is not installed.
    """
    library = nncf()
    progress("Exporting", 0, 1)
    model, trace = converted(module)
    progress("Exporting", 1, 1)
    items = [{name: t.numpy() for name, t in zip(trace.inputs, in_order(trace.inputs, batch))} for batch in batches]
    total = _PASSES * len(items)
    model = _read(_files_of(model, compressed=True))
    smoothing = library.AdvancedQuantizationParameters(
        smooth_quant_alphas=library.AdvancedSmoothQuantParameters(matmul=SMOOTHING)
    )
    with without_telemetry(), _quiet(library):
        int8 = library.quantize(
            model,
            library.Dataset(_Counted(items, total, progress)),
            model_type=library.ModelType.TRANSFORMER,
            preset=library.QuantizationPreset.MIXED,
            subset_size=len(items),
            ignored_scope=library.IgnoredScope(names=exact_layers(model)),
            advanced_parameters=smoothing,
        )
    progress("Calibrating", total, total)
    made_with = {package: version(package) for package in ("openvino", "nncf")}
    return Int8Files(checksum, trace.inputs, trace.outputs, made_with=made_with, files=_files_of(int8))


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
def _quiet(library: Any) -> Iterator[None]:
    """Without the library's own progress bars."""
    library.set_log_level(logging.ERROR)
    with contextlib.redirect_stdout(io.StringIO()):
        yield


def _files_of(model: Any, *, compressed: bool = False) -> dict[str, bytes]:
    """compressed (bool): Weights of fp32 become fp16."""
    with temporary_folder() as folder:
        openvino().save_model(model, str(folder / XML), compress_to_fp16=compressed)
        return {name: (folder / name).read_bytes() for name in (XML, BIN)}


def graph_of(files: Int8Files) -> Any:
    """RAISES (RuntimeError): OpenVINO can't read it. (ImportError): It is not installed."""
    return _read(files.files)


def _read(files: Mapping[str, bytes]) -> Any:
    ov = openvino()
    weights = np.frombuffer(files[BIN], dtype=np.uint8)
    return ov.Core().read_model(files[XML], ov.Tensor(weights.copy()))


def pruned(model: Any, outputs: Sequence[str], kept: Iterable[str]) -> Any:
    """A copy that gives only some of its outputs, and computes nothing for the others."""
    copied = model.clone()
    results = dict(zip(outputs, copied.get_results()))
    for name in set(outputs) - set(kept):
        copied.remove_result(results[name])
    return copied


def compile_graph(model: Any, precision: torch.dtype, *, n_threads: int) -> Any:
    """The graph for this processor. Kernels for new lengths are made when they come, and kept.

    precision (torch.dtype): Of what is not int8.
    """
    settings = {
        "INFERENCE_NUM_THREADS": n_threads,
        "NUM_STREAMS": 1,
        "ENABLE_CPU_PINNING": False,  # other processes may be on the same core
        "INFERENCE_PRECISION_HINT": "bf16" if precision == torch.bfloat16 else "f32",
    }
    return openvino().Core().compile_model(model, "CPU", settings)
