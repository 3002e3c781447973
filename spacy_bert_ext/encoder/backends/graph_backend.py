"""What back ends have in common that compute graphs, of int8 weights or of those that are there."""

import warnings
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, ClassVar

from ...errors import Errors, Warnings
from ...files.saved_files import SavedFiles
from ...huggingface.weightless import is_weightless
from ..inputs import Inputs
from .backend import Predictor, Progress, Weights
from .int8_files import Int8Files, read_int8_files
from .torch_backend import TorchBackend
from .traced import shortened

REMEDY = "make them with `python -m spacy bert quantize`"


class GraphBackend:
    """name: What configs call it. file_names: Of its files; beside them stands `<name>.json`.

    int8: What `quantize` made or `read` found.
    """

    name: ClassVar[str]
    file_names: ClassVar[Sequence[str]]

    def __init__(self) -> None:
        self.int8: Int8Files | None = None

    def check(self) -> None:
        """Before files are read. RAISES (ImportError): A library is missing."""
        raise NotImplementedError

    def quantized(self, weights: Weights, batches: Sequence[Inputs], progress: Progress) -> Int8Files:
        raise NotImplementedError

    def int8_predictor(self, int8: Int8Files, weights: Weights) -> Predictor:
        """RAISES (ValueError): The library can't read it."""
        raise NotImplementedError

    def weights_predictor(self, weights: Weights) -> Predictor:
        """From the weights as they are."""
        raise NotImplementedError

    # The protocol

    @property
    def made_from(self) -> str | None:
        return None if self.int8 is None else self.int8.made_from

    def predictor(self, weights: Weights) -> Predictor:
        if weights.device.type != "cpu":
            return self.torch_predictor(weights, f'the encoder is on {weights.device}; set `device = "cpu"`')
        if self.int8 is None:
            return self.weights_predictor(weights)
        if weights.checksum() != self.int8.made_from:
            reason = f"the weights were changed since its int8 files were made; {REMEDY}"
            return self.torch_predictor(weights, reason)
        return self.int8_predictor(self.int8, weights)

    def torch_predictor(self, weights: Weights, reason: str) -> Predictor:
        warnings.warn(Warnings.B369.format(backend=self.name, reason=reason))
        return TorchBackend().predictor(weights)

    def quantize(self, weights: Weights, batches: Iterable[Inputs], *, progress: Progress) -> None:
        self.int8 = self.quantized(weights, list(batches), progress)

    def save(self, folder: Path, weights: Weights) -> None:
        """Nothing for weights that the int8 ones were not made of."""
        if self.int8 is not None and (is_weightless(weights.module) or weights.checksum() == self.int8.made_from):
            self.int8.write(folder, f"{self.name}.json")

    def read(self, files: SavedFiles) -> None:
        """RAISES (ValueError): A file is missing, damaged or changed. (ImportError): A library is missing."""
        self.check()
        self.int8 = read_int8_files(files, f"{self.name}.json", self.file_names)

    # For subclasses

    def unreadable(self, reason: object) -> ValueError:
        return ValueError(Errors.B364.format(backend=self.name, reason=shortened(reason)))

    def check_width(self, shape: Sequence[object], weights: Weights) -> int:
        """The width of the vectors.

        shape: Of the graph's first output.
        RAISES (ValueError): The graph is of another encoder than the config.
        """
        config: Any = weights.module.config
        width = int(config.hidden_size)
        if len(shape) != 3 or str(shape[2]) != str(width):
            raise self.unreadable(f"its graph does not give vectors of {width} numbers, as config.json has it")
        return width
