"""An encoder's module → a graph of OpenVINO, in fp32 or int8, and its files."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from torch import nn

from ...files.folder_bytes import temporary_folder
from ..inputs import Inputs
from .backend import Progress
from .exact_layers import exact_layers
from .int8_files import Int8Files
from .libraries import imported, without_telemetry
from .quantized import int8_graph
from .traced import Compute, Traced, check_graph, not_exported, traced

BACKEND = "openvino"
XML, BIN = "openvino_model.xml", "openvino_model.bin"


def openvino() -> Any:
    """The library. RAISES (ImportError): It is not installed."""
    return imported("openvino", backend=BACKEND, extra=BACKEND)


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

    def load() -> Compute:
        compiled = compile_graph(model, torch.float32, n_threads=1)
        return lambda given: compiled(given)[0]

    check_graph(trace, load, RuntimeError)
    return model, trace


def quantized(module: nn.Module, checksum: str, batches: Sequence[Inputs], progress: Progress) -> Int8Files:
    """The module's graph with weights and activations in int8.

    A few layers stay as they are, see `exact_layers`; their weights are kept in fp16.

    RAISES (ValueError): The architecture can't be exported. (ImportError): OpenVINO or NNCF is not installed.
    """
    _, nncf = (imported(package, backend=BACKEND, extra=f"{BACKEND},quantize") for package in ("openvino", "nncf"))
    progress("Exporting", 0, 1)
    model, trace = converted(module)
    progress("Exporting", 1, 1)
    model = _read(_files_of(model, compressed=True))
    int8 = int8_graph(nncf, model, trace, batches=batches, exact=exact_layers(model), progress=progress)
    try:
        compile_graph(int8, torch.float32, n_threads=1)
    except RuntimeError as error:
        raise not_exported(module, BACKEND, f"OpenVINO can't compute its int8 graph ({error})") from error
    made_with = {package: version(package) for package in ("openvino", "nncf")}
    return Int8Files(checksum, trace.inputs, trace.outputs, made_with=made_with, files=_files_of(int8))


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
