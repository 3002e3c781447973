"""Buffers of a stream that are encoded together, and finished one after the other.

A buffer that comes out soon is small, and has few windows of each length: its batches would be small, too, and small
batches take more time for each piece. So windows of the buffers behind it fill them up.

    buffers          1                 2                 3
    windows          8 8 12 12 12 20   8 12 12 20 20 30  8 8 12 30
    first buffer     8 8 12 12 12 20   8 12 12 20 20     8 8 12        three full batches
    second buffer                      30                30            one batch

On a CPU a window's vectors don't depend on what else is in its batch. Windows that fill up are padded no more than
the buffer's own, and are of the same bucket, see `pieces/packing.py`.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from spacy.tokens import Doc

from ..huggingface.types import EncoderOutput
from ..pieces.batches import Batch, Batches
from ..pieces.packing import padded_length, rounded_lengths
from ..runtime.forks import check_not_forked_on_gpu
from ..runtime.memory import is_out_of_memory
from ..runtime.surroundings import in_own_surroundings
from ..runtime.threads import Threads
from ..types import Bools1d, Ints1d
from .backends.backend import Predictor
from .inputs import inputs_of
from .model import EncoderModel, encode_docs, max_batch_pieces_of, plan_for
from .output import Encoded, encoded_docs
from .plan import most_pieces, pack_to_predict, room_in_batch
from .predict import is_held
from .shim import encoder_shim_of
from .vectors import Vectors


@dataclass(eq=False)
class _Planned:
    """padded: Length of each window as it is padded at least. is_waiting: Whether it is not encoded yet."""

    batches: Batches
    vectors: Vectors
    padded: Ints1d
    is_waiting: Bools1d


@dataclass(eq=False)
class _Buffer:
    """version: Of the weights. planned: None if the Docs are encoded by themselves when it is their turn."""

    docs: Sequence[Doc]
    version: int
    planned: _Planned | None


@dataclass
class _Rows:
    """The output for some of a batch's windows; None for what there is not."""

    last_hidden_state: Any
    hidden_states: Any
    pooler_output: Any


class Ahead:
    """Encodes buffers in the order in which they were added.

    settle (Callable): Is called before Docs are encoded: it completes what will change the weights.
    mean_layers (Sequence[int]): Layers whose mean stays on the Docs; None if nothing stays.
    """

    def __init__(
        self, model: EncoderModel, settle: Callable[[Sequence[Doc]], None], mean_layers: Sequence[int] | None
    ) -> None:
        self._model, self._settle, self._mean_layers = model, settle, mean_layers
        self._shim = encoder_shim_of(model)
        self._buffers: deque[_Buffer] = deque()

    @property
    def threads(self) -> Threads:
        return self._shim.settings.threads

    @in_own_surroundings
    def add(self, docs: Sequence[Doc]) -> None:
        self._settle(docs)
        try:
            planned = self._plan(docs)
        except Exception:  # comes again when it is their turn
            planned = None
        self._buffers.append(_Buffer(docs, self._shim.version, planned))

    @in_own_surroundings
    def finish(self) -> Encoded:
        """Vectors of the first buffer, which goes.

        RAISES: Whatever comes of its Docs.
        """
        buffer = self._buffers[0]
        try:
            self._settle(buffer.docs)
            if buffer.planned is not None and buffer.version == self._shim.version:
                try:
                    self._encode_first(buffer.planned)
                    return encoded_docs(buffer.planned.batches, *buffer.planned.vectors.all())
                except (RuntimeError, MemoryError) as error:
                    if not is_out_of_memory(error):
                        raise
            return encode_docs(self._model, buffer.docs, mean_layers=self._mean_layers)
        finally:
            self._buffers.popleft()

    def _plan(self, docs: Sequence[Doc]) -> _Planned | None:
        shim = self._shim
        check_not_forked_on_gpu(shim.device)
        batches = plan_for(self._model, docs)
        if not is_held(shim, batches):
            return None
        vectors = Vectors(
            shim,
            shim.predictor().dtype,
            first_window=0,
            n_windows=len(batches.lengths),
            pieces=slice(0, len(batches.pieces.ids)),
            mean_layers=self._mean_layers,
        )
        return _Planned(batches, vectors, rounded_lengths(batches.lengths), batches.lengths > 0)

    def _encode_first(self, first: _Planned) -> None:
        device_type = self._shim.device.type
        most = most_pieces(device_type, max_batch_pieces_of(self._model))
        predictor = self._shim.predictor()
        waiting = np.flatnonzero(first.is_waiting)
        lengths = first.batches.lengths[waiting]
        with torch.no_grad():
            for chosen in pack_to_predict(lengths, most, device_type):
                room = room_in_batch(lengths[chosen], most, device_type)
                fellows = self._fellows(first.padded[waiting[chosen]], room)
                _encode(predictor, [(first, waiting[chosen]), *fellows])

    def _fellows(self, padded: Ints1d, room: int) -> Iterator[tuple[_Planned, Ints1d]]:
        """Windows of the buffers behind, as many as there is room for, of the lengths of these."""
        shortest, longest = padded.min(), padded.max()
        for buffer in list(self._buffers)[1:]:
            if room <= 0:
                return
            planned = buffer.planned
            if planned is not None:
                fitting = planned.is_waiting & (planned.padded >= shortest) & (planned.padded <= longest)
                windows = np.flatnonzero(fitting)[:room]
                if len(windows):
                    room -= len(windows)
                    yield planned, windows


def _encode(predictor: Predictor, parts: Sequence[tuple[_Planned, Ints1d]]) -> None:
    """Encode windows of some buffers in one batch."""
    first = parts[0][0]
    longest = max(int(planned.batches.lengths[windows].max()) for planned, windows in parts)
    padded = padded_length(longest, first.batches.limit)
    made = [planned.batches.make(windows, padded) for planned, windows in parts]
    needs_all_layers = first.vectors.needs_all_layers
    output = predictor(inputs_of(_together(made), first.vectors.device), all_layers=needs_all_layers)
    start = 0
    for (planned, windows), batch in zip(parts, made, strict=True):
        rows = slice(start, start + len(windows))
        planned.vectors.add(batch, output if len(parts) == 1 else _rows_of(output, rows, needs_all_layers))
        planned.is_waiting[windows] = False
        start = rows.stop


def _together(made: Sequence[Batch]) -> Batch:
    """One batch of all windows; their places are those of the first part."""
    if len(made) == 1:
        return made[0]
    ids, mask = np.concatenate([batch.ids for batch in made]), np.concatenate([batch.mask for batch in made])
    return made[0]._replace(ids=ids, mask=mask)


def _rows_of(output: EncoderOutput, rows: slice, needs_all_layers: bool) -> EncoderOutput:
    pooled = getattr(output, "pooler_output", None)
    return _Rows(
        output.last_hidden_state[rows],
        tuple(states[rows] for states in output.hidden_states) if needs_all_layers else None,
        None if pooled is None else pooled[rows],
    )
