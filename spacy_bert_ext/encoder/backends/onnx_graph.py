"""An encoder's module → a graph of ONNX in int8, and its session in ONNX Runtime."""

import warnings
from collections.abc import Sequence
from importlib.metadata import version
from typing import Any

import numpy as np
import torch
from torch import nn

from ...files.folder_bytes import temporary_folder
from ...huggingface.foreign import quiet
from ...huggingface.probe import FOREIGN_ERRORS
from ..inputs import Inputs
from .backend import Progress
from .int8_files import Int8Files
from .libraries import imported, without_telemetry
from .quantized import int8_graph
from .traced import POOLER, Compute, Traced, check_graph, not_exported, traced

BACKEND = "onnx"
MODEL = "model.onnx"
_OPSET = 17  # from which on normalization is one operator
_OF_OTHER_FILES = b"location"  # the key by which a tensor names the file that holds it; in no graph that is made here


def onnxruntime() -> Any:
    """The library. RAISES (ImportError): It is not installed."""
    return imported("onnxruntime", backend=BACKEND, extra=BACKEND)


def exported(module: nn.Module) -> tuple[bytes, Traced]:
    """The module's graph in fp32.

    RAISES (ValueError): The architecture can't be exported.
    """
    trace = traced(module, BACKEND)
    axes = {name: {0: "n_windows", 1: "n_pieces"} for name in (*trace.inputs, *trace.outputs)}
    axes[POOLER] = {0: "n_windows"}
    options: dict[str, Any] = {"dynamo": False, "opset_version": _OPSET}
    try:
        with quiet(), temporary_folder() as folder, torch.no_grad(), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            torch.onnx.export(
                trace.module,
                trace.example,
                folder / MODEL,
                input_names=list(trace.inputs),
                output_names=list(trace.outputs),
                dynamic_axes={name: axes[name] for name in (*trace.inputs, *trace.outputs)},
                **options,
            )
            content = (folder / MODEL).read_bytes()
    except (*FOREIGN_ERRORS, torch.onnx.errors.OnnxExporterError) as error:
        raise not_exported(module, BACKEND, error) from error

    def load() -> Compute:
        session = session_of(content, n_threads=1)
        return lambda given: session.run(None, dict(zip(trace.inputs, given)))[0]

    check_graph(trace, load, Exception)  # the library's own kinds have no common base
    return content, trace


def quantized(module: nn.Module, checksum: str, batches: Sequence[Inputs], progress: Progress) -> Int8Files:
    """The module's graph with weights and activations in int8.

    RAISES (ValueError): The architecture can't be exported. (ImportError): A library is not installed.
    """
    packages = ("onnxruntime", "onnx", "nncf")
    _, onnx, nncf = (imported(package, backend=BACKEND, extra=f"{BACKEND},quantize") for package in packages)
    progress("Exporting", 0, 1)
    content, trace = exported(module)
    progress("Exporting", 1, 1)
    with without_telemetry():
        model = onnx.load_from_string(content)
    int8 = int8_graph(nncf, model, trace, batches=batches, progress=progress)
    _make_activations_unsigned(onnx, int8)
    files = {MODEL: int8.SerializeToString()}
    try:
        session_of(files[MODEL], n_threads=1)
    except Exception as error:  # the library's own kinds have no common base
        raise not_exported(module, BACKEND, f"ONNX Runtime can't compute its int8 graph ({error})") from error
    made_with = {package: version(package) for package in ("onnx", "onnxruntime", "nncf")}
    return Int8Files(checksum, trace.inputs, trace.outputs, made_with=made_with, files=files)


def _make_activations_unsigned(onnx: Any, model: Any) -> None:
    """Move them by 128: the fast products of ONNX Runtime take unsigned numbers, and NNCF makes signed ones."""
    constants = {constant.name: constant for constant in model.graph.initializer}
    for name in {node.input[2] for node in model.graph.node if node.op_type == "QuantizeLinear"}:
        zero = onnx.numpy_helper.to_array(constants[name])
        if zero.dtype == np.int8:
            moved = (zero.astype(np.int16) + 128).astype(np.uint8)
            constants[name].CopyFrom(onnx.numpy_helper.from_array(moved, name))
    del model.graph.value_info[:]  # which tell the types of before


def session_of(content: bytes, *, n_threads: int) -> Any:
    """What computes the graph: on so many threads, which sleep while they wait.

    RAISES (ValueError): Weights are in other files, which may be anywhere on the machine; or as ONNX Runtime has it.
    """
    if _OF_OTHER_FILES in content:
        raise ValueError("it refers to other files")
    library = onnxruntime()
    options = library.SessionOptions()
    options.intra_op_num_threads = n_threads
    options.inter_op_num_threads = 1
    options.log_severity_level = 4
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return library.InferenceSession(content, options, providers=["CPUExecutionProvider"])
