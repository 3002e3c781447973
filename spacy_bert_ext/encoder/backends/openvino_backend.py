"""Prediction by OpenVINO: int8 from files that were made before, or the weights as they are."""

import os
import threading
import warnings
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ...errors import Errors, Warnings
from ...files.saved_files import SavedFiles
from ...huggingface.types import EncoderOutput
from ...huggingface.weightless import is_weightless
from ...runtime.forks import Lock
from ..inputs import Inputs
from .backend import Predictor, Progress, Weights
from .int8_files import Int8Files, read_int8_files
from .openvino_graph import BIN, XML, compile_graph, converted, graph_of, pruned, quantized
from .openvino_library import BACKEND, openvino
from .torch_backend import TorchBackend
from .traced import graph_output, in_order, output_shape, wanted_outputs

RECORD = "openvino.json"


class OpenVinoPredictor:
    """A graph, compiled when it is first needed, in each process: what OpenVINO computes with does not survive a fork.

    model: Of OpenVINO's, with these inputs and outputs in their order.
    precision: Of what is not int8. Vectors are fp32.
    """

    dtype = torch.float32

    def __init__(
        self, model: Any, inputs: tuple[str, ...], outputs: tuple[str, ...], *, precision: torch.dtype, width: int
    ) -> None:
        self.model, self.inputs, self.outputs, self.precision, self.width = model, inputs, outputs, precision, width
        self._compiled: dict[tuple[int, int, bool], Any] = {}
        self._requests = threading.local()  # one computes one thing at a time
        self._lock = Lock()

    def __call__(self, inputs: Inputs, *, all_layers: bool = False) -> EncoderOutput:
        ov, request = openvino(), self._request(all_layers)
        for i, tensor in enumerate(in_order(self.inputs, inputs)):
            request.set_input_tensor(i, ov.Tensor(tensor.contiguous().numpy(), shared_memory=True))
        found: dict[str, Tensor] = {}
        for i, name in enumerate(wanted_outputs(self.outputs, all_layers=all_layers)):
            n_windows, n_pieces = inputs.ids.shape
            found[name] = torch.empty(output_shape(name, n_windows, n_pieces, self.width))
            request.set_output_tensor(i, ov.Tensor(found[name].numpy(), shared_memory=True))
        request.infer()
        return graph_output(found)

    def _request(self, all_layers: bool) -> Any:
        key = (os.getpid(), torch.get_num_threads(), all_layers)
        mine: dict[Any, Any] = vars(self._requests)
        if key not in mine:
            with self._lock:
                if key not in self._compiled:
                    wanted = wanted_outputs(self.outputs, all_layers=all_layers)
                    graph = pruned(self.model, self.outputs, wanted)
                    self._compiled[key] = compile_graph(graph, self.precision, n_threads=key[1])
            mine[key] = self._compiled[key].create_infer_request()
        return mine[key]


class OpenVinoBackend:
    """int8: What `quantize` made or `read` found."""

    def __init__(self) -> None:
        self.int8: Int8Files | None = None

    @property
    def made_from(self) -> str | None:
        return None if self.int8 is None else self.int8.made_from

    def predictor(self, weights: Weights) -> Predictor:
        reason = ""
        if weights.device.type != "cpu":
            reason = f"the encoder is on {weights.device}"
        elif self.int8 is not None and weights.checksum() != self.int8.made_from:
            reason = "its files are not of the encoder's weights, which were changed since"
        if reason:
            warnings.warn(Warnings.B369.format(backend=BACKEND, reason=reason))
            return TorchBackend().predictor(weights)
        if self.int8 is None:
            model, trace = converted(weights.module)
            inputs, outputs = trace.inputs, trace.outputs
        else:
            model, inputs, outputs = _readable(self.int8), self.int8.inputs, self.int8.outputs
        config: Any = weights.module.config
        width = int(config.hidden_size)
        _check_graph(model, inputs, outputs, width)
        return OpenVinoPredictor(model, inputs, outputs, precision=weights.precision, width=width)

    def quantize(self, weights: Weights, batches: Iterable[Inputs], *, progress: Progress) -> None:
        self.int8 = quantized(weights.module, str(weights.checksum()), list(batches), progress)

    def save(self, folder: Path, weights: Weights) -> None:
        """Nothing for weights that the int8 ones were not made of."""
        if self.int8 is not None and (is_weightless(weights.module) or weights.checksum() == self.int8.made_from):
            self.int8.write(folder, RECORD)

    def read(self, files: SavedFiles) -> None:
        """RAISES (ValueError): A file is damaged. (ImportError): OpenVINO is not installed."""
        openvino()
        self.int8 = read_int8_files(files, RECORD, (XML, BIN))
        if self.int8 is not None:
            _readable(self.int8)


def _readable(files: Int8Files) -> Any:
    """RAISES (ValueError): OpenVINO can't read it."""
    try:
        return graph_of(files)
    except RuntimeError as error:
        reason = " ".join(str(error).split())[:300]
        raise ValueError(Errors.B364.format(backend=BACKEND, reason=reason)) from error


def _check_graph(model: Any, inputs: tuple[str, ...], outputs: tuple[str, ...], width: int) -> None:
    """RAISES (ValueError): The graph is of another encoder than the config."""
    fits = len(model.inputs) == len(inputs) and len(model.outputs) == len(outputs)
    shape = model.output(0).get_partial_shape() if fits else []
    if len(shape) != 3 or str(shape[2]) != str(width):
        reason = f"its graph does not give vectors of {width} numbers, as config.json has it"
        raise ValueError(Errors.B364.format(backend=BACKEND, reason=reason))
