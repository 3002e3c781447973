"""safetensors files → tensors with memory of their own, so that nothing depends on a file once it is read.

The library `safetensors` maps a file into memory instead: truncating or replacing it under a running process ends that
process, or changes what it computes.
"""

import hashlib
import json
import math
import os
from collections.abc import Iterable, Mapping
from io import BufferedIOBase
from typing import NamedTuple

import torch
from torch import Tensor

TYPES = {
    "F64": torch.float64,
    "F32": torch.float32,
    "F16": torch.float16,
    "BF16": torch.bfloat16,
    "I64": torch.int64,
    "I32": torch.int32,
    "I16": torch.int16,
    "I8": torch.int8,
    "U8": torch.uint8,
    "BOOL": torch.bool,
}
MAX_HEADER_BYTES = 100_000_000  # as the library `safetensors` has it
_LENGTH_BYTES = 8  # of the number that a file begins with
_MAX_BUFFERS = 1000  # that one call may fill, by POSIX at least 1024
_MAX_CALL_BYTES = 2**30


class UnreadableWeights(Exception):
    """The file is damaged, or holds something else than weights."""


class Entry(NamedTuple):
    """A tensor in a file."""

    dtype: torch.dtype
    shape: tuple[int, ...]


def read_header(file: BufferedIOBase) -> dict[str, Entry]:
    """What a file holds, in the order of its bytes; afterwards the file stands where they begin.

    RAISES (UnreadableWeights): Anything but a whole safetensors file without gaps.
    """
    size = file.seek(0, os.SEEK_END)
    file.seek(0)
    n_bytes = int.from_bytes(file.read(_LENGTH_BYTES), "little")
    if size < _LENGTH_BYTES or n_bytes > min(size - _LENGTH_BYTES, MAX_HEADER_BYTES):
        raise UnreadableWeights("its header is cut off or damaged")
    try:
        header = json.loads(file.read(n_bytes), object_pairs_hook=_table)
    except (ValueError, RecursionError) as error:
        raise UnreadableWeights(f"its header is damaged ({type(error).__name__})") from error
    if not isinstance(header, dict):
        raise UnreadableWeights("its header is no table")
    header.pop("__metadata__", None)
    try:
        ordered = sorted(header.items(), key=lambda item: item[1]["data_offsets"])
        entries, end = {}, 0
        for name, described in ordered:
            entries[name] = entry = Entry(TYPES[described["dtype"]], tuple(described["shape"]))
            begin, end = end, end + _n_bytes(entry)
            if described["data_offsets"] != [begin, end]:
                raise UnreadableWeights(f"its weights overlap, or leave gaps, at {name!r}")
    except (TypeError, KeyError, ValueError) as error:
        raise UnreadableWeights(f"its header is damaged ({error})") from error
    if end != size - _LENGTH_BYTES - n_bytes:
        raise UnreadableWeights(f"it should hold {end:,} bytes of weights, but has {size - _LENGTH_BYTES - n_bytes:,}")
    return entries


def read_weights(file: BufferedIOBase) -> dict[str, Tensor]:
    """All tensors of a file, each in memory of its own.

    RAISES (UnreadableWeights): As `read_header`.
    """
    entries = read_header(file)
    weights = {name: torch.empty(entry.shape, dtype=entry.dtype) for name, entry in entries.items()}
    _fill(file, _buffers(weights))
    return weights


def sha256_of(file: BufferedIOBase, weights: Mapping[str, Tensor]) -> tuple[int, str]:
    """Size and SHA-256 of the file as it was read: of its header, and of the weights in memory.

    weights (Mapping[str, Tensor]): What `read_weights` gave, unchanged, in its order.
    """
    file.seek(0)
    header = file.read(_LENGTH_BYTES)
    header += file.read(int.from_bytes(header, "little"))
    digest, size = hashlib.sha256(header), len(header)
    for buffer in _buffers(weights):
        digest.update(buffer)
        size += len(buffer)
    return size, digest.hexdigest()


def _buffers(weights: Mapping[str, Tensor]) -> list[memoryview]:
    return [weight.reshape(-1).view(torch.uint8).numpy().data for weight in weights.values() if weight.numel()]


def _table(pairs: list[tuple[str, object]]) -> dict[str, object]:
    table = dict(pairs)
    if len(table) < len(pairs):
        raise ValueError("a name is there twice")
    return table


def _n_bytes(entry: Entry) -> int:
    if not all(isinstance(length, int) and length >= 0 for length in entry.shape):
        raise ValueError(f"the shape {list(entry.shape)}")
    return math.prod(entry.shape) * entry.dtype.itemsize


def _fill(file: BufferedIOBase, buffers: Iterable[memoryview]) -> None:
    # In few calls, which other threads need not wait for: a call for each tensor may wait 5 ms for the interpreter.
    place, waiting = file.tell(), list(buffers)[::-1]
    while waiting:
        batch = [waiting.pop()]
        n_bytes = len(batch[0])
        while waiting and len(batch) < _MAX_BUFFERS and n_bytes + len(waiting[-1]) <= _MAX_CALL_BYTES:
            batch.append(waiting.pop())
            n_bytes += len(batch[-1])
        n_read = _read_into(file, batch, place)
        if n_read <= 0:
            raise UnreadableWeights("it became shorter while it was read")
        place += n_read
        for buffer in reversed(batch):
            unread = min(n_bytes - n_read, len(buffer))
            n_read += unread
            if unread:
                waiting.append(buffer[len(buffer) - unread :])


def _read_into(file: BufferedIOBase, buffers: list[memoryview], place: int) -> int:
    if hasattr(os, "preadv") and hasattr(file, "raw"):
        return os.preadv(file.fileno(), buffers, place)
    file.seek(place)
    return sum(file.readinto(buffer) for buffer in buffers)
