"""Prediction by ONNX Runtime, in int8. In fp32 it is slower than torch, which predicts where there is no int8."""

import os
from collections.abc import Sequence
from typing import Any

import torch

from ...huggingface.types import EncoderOutput
from ...runtime.forks import Lock
from ..inputs import Inputs
from .backend import Predictor, Progress, Weights
from .graph_backend import REMEDY, GraphBackend
from .int8_files import Int8Files
from .onnx_graph import BACKEND, MODEL, onnxruntime, quantized, session_of
from .traced import graph_output, in_order, wanted_outputs


class OnnxPredictor:
    """A graph with a session in each process, made when it is first needed."""

    dtype = torch.float32

    def __init__(self, int8: Int8Files) -> None:
        self.int8 = int8
        self._sessions: dict[tuple[int, int], Any] = {}  # of processes, and numbers of threads
        self._lock = Lock()

    def __call__(self, inputs: Inputs, *, all_layers: bool = False) -> EncoderOutput:
        names = wanted_outputs(self.int8.outputs, all_layers=all_layers)
        given = {name: t.numpy() for name, t in zip(self.int8.inputs, in_order(self.int8.inputs, inputs))}
        found = self.session().run(names, given)
        return graph_output({name: torch.from_numpy(array) for name, array in zip(names, found)})

    def session(self) -> Any:
        """RAISES: What ONNX Runtime has for files that it can't read."""
        key = (os.getpid(), torch.get_num_threads())
        with self._lock:
            if key not in self._sessions:
                self._sessions[key] = session_of(self.int8.files[MODEL], n_threads=key[1])
            return self._sessions[key]


class OnnxBackend(GraphBackend):
    name = BACKEND
    file_names = (MODEL,)

    def check(self) -> None:
        onnxruntime()

    def quantized(self, weights: Weights, batches: Sequence[Inputs], progress: Progress) -> Int8Files:
        return quantized(weights.module, str(weights.checksum()), batches, progress)

    def int8_predictor(self, int8: Int8Files, weights: Weights) -> Predictor:
        predictor = OnnxPredictor(int8)
        try:
            session = predictor.session()
        except Exception as error:  # the library's own kinds have no common base
            raise self.unreadable(error) from error
        names = {one.name for one in (*session.get_inputs(), *session.get_outputs())}
        fits = names == {*int8.inputs, *int8.outputs}
        self.check_width(session.get_outputs()[0].shape if fits else [], weights)
        return predictor

    def weights_predictor(self, weights: Weights) -> Predictor:
        return self.torch_predictor(weights, f"the pipeline has no int8 files for it; {REMEDY}")
