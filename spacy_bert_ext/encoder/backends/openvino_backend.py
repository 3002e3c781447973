"""Prediction by OpenVINO: int8 from files that were made before, or the weights as they are."""

import os
import threading
from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from ...files.saved_files import SavedFiles
from ...huggingface.types import EncoderOutput
from ...runtime.forks import Lock
from ..inputs import Inputs
from .backend import Predictor, Progress, Weights
from .graph_backend import GraphBackend
from .int8_files import Int8Files
from .openvino_graph import BACKEND, BIN, XML, compile_graph, converted, graph_of, openvino, pruned, quantized
from .traced import graph_output, in_order, output_shape, wanted_outputs


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
        n_windows, n_pieces = inputs.ids.shape
        n_filled = filled_windows(n_windows)
        # OpenVINO reads the memory of these when it computes: they are kept until then.
        filled = [_filled(tensor, n_filled) for tensor in in_order(self.inputs, inputs)]
        for i, tensor in enumerate(filled):
            request.set_input_tensor(i, ov.Tensor(tensor.numpy(), shared_memory=True))
        found: dict[str, Tensor] = {}
        for i, name in enumerate(wanted_outputs(self.outputs, all_layers=all_layers)):
            found[name] = torch.empty(output_shape(name, n_filled, n_pieces, self.width))
            request.set_output_tensor(i, ov.Tensor(found[name].numpy(), shared_memory=True))
        request.infer()
        return graph_output({name: vectors[:n_windows] for name, vectors in found.items()})

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


def filled_windows(n_windows: int) -> int:
    """To how many windows a batch is filled up: at most a quarter more, from 9 on.

    OpenVINO makes kernels for each new shape, in 5 to 14 ms, and texts come in batches of all sizes.
    """
    step = 1 << max(0, n_windows.bit_length() - 3)
    return -(-n_windows // step) * step


def _filled(tensor: Tensor, n_filled: int) -> Tensor:
    """With its last window again and again."""
    n_more = n_filled - len(tensor)
    return torch.cat([tensor, tensor[-1:].expand(n_more, -1)]) if n_more else tensor.contiguous()


class OpenVinoBackend(GraphBackend):
    name = BACKEND
    file_names = (XML, BIN)

    def check(self) -> None:
        openvino()

    def quantized(self, weights: Weights, batches: Sequence[Inputs], progress: Progress) -> Int8Files:
        return quantized(weights.module, str(weights.checksum()), batches, progress)

    def int8_predictor(self, int8: Int8Files, weights: Weights) -> Predictor:
        return self._predictor(self._readable(int8), int8.inputs, int8.outputs, weights=weights)

    def weights_predictor(self, weights: Weights) -> Predictor:
        model, trace = converted(weights.module)
        return self._predictor(model, trace.inputs, trace.outputs, weights=weights)

    def read(self, files: SavedFiles) -> None:
        super().read(files)
        if self.int8 is not None:
            self._readable(self.int8)

    def _predictor(
        self, model: Any, inputs: tuple[str, ...], outputs: tuple[str, ...], *, weights: Weights
    ) -> OpenVinoPredictor:
        fits = len(model.inputs) == len(inputs) and len(model.outputs) == len(outputs)
        width = self.check_width(list(model.output(0).get_partial_shape()) if fits else [], weights)
        return OpenVinoPredictor(model, inputs, outputs, precision=weights.precision, width=width)

    def _readable(self, files: Int8Files) -> Any:
        """RAISES (ValueError): OpenVINO can't read it."""
        try:
            return graph_of(files)
        except RuntimeError as error:
            raise self.unreadable(error) from error
