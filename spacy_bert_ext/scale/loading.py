"""Pipelines of this process: each is loaded once, with the first texts."""

import threading
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import spacy
from spacy.cli._util import import_code
from spacy.language import Language

from ..errors import Errors
from ..pipeline.bert_encoder import BertEncoder
from ..pipeline.moving import move_encoders
from .devices import AUTO
from .loaded_pipeline import LoadedPipeline


class Choice(NamedTuple):
    """Which pipeline, and how it computes.

    device: Of torch; "auto" leaves it to the pipeline. threads: Of a CPU; None leaves it to the pipeline.
    code: Python file with functions that the pipeline's config names.
    """

    pipeline: str
    device: str
    threads: int | None
    code: str | None


class Pipelines:
    """n_loads: How many were loaded in this process."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loaded: dict[Choice, LoadedPipeline] = {}
        self.n_loads = 0

    def get(self, choice: Choice) -> LoadedPipeline:
        """RAISES (ValueError): It can't be loaded, or the device is not there."""
        with self._lock:  # other threads wait until it is there
            if choice not in self._loaded:
                self._loaded[choice] = LoadedPipeline(_load(choice))
                self.n_loads += 1
            return self._loaded[choice]


loaded_here = Pipelines()


def _load(choice: Choice) -> Language:
    import_code(choice.code)
    try:
        nlp = spacy.load(choice.pipeline)
    except OSError as error:
        if Path(choice.pipeline).exists():
            raise
        raise ValueError(Errors.B520.format(pipeline=choice.pipeline)) from error
    components: list[tuple[str, Any]] = nlp.pipeline
    for _, pipe in components:
        if choice.threads is not None and isinstance(pipe, BertEncoder):
            pipe.shim.settings = replace(pipe.shim.settings, threads=choice.threads)
    if choice.device != AUTO:
        move_encoders(nlp, choice.device)
    return nlp
