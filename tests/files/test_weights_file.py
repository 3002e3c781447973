"""safetensors files: what is read equals what the library reads, and nothing that is damaged is."""

import io
import json
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from safetensors.torch import load_file, save, save_file

from spacy_bert_ext.files import weights_file
from spacy_bert_ext.files.weights_file import TYPES, UnreadableWeights, read_weights

WEIGHTS = {
    **{str(dtype): torch.arange(6).reshape(2, 3).to(dtype) for dtype in TYPES.values()},
    "scalar": torch.tensor(1.5),
    "empty": torch.zeros(0, 4),
    "long": torch.arange(1000.0),
}


def with_header(header: object, n_bytes: int = 8) -> bytes:
    text = json.dumps(header).encode()
    return len(text).to_bytes(8, "little") + text + bytes(n_bytes)


def entry(dtype: object = "F32", shape: object = (2,), data_offsets: object = (0, 8)) -> dict:
    return {"dtype": dtype, "shape": shape, "data_offsets": data_offsets}


@pytest.mark.parametrize("most", [1, 3, 1000])
def test_weights_of_all_types_are_those_that_the_library_reads(tmp_path: Path, most: int, monkeypatch) -> None:
    save_file(WEIGHTS, tmp_path / "weights")
    monkeypatch.setattr(weights_file, "_MAX_BUFFERS", most)
    for source in (tmp_path / "weights", None):
        with io.BytesIO(save(WEIGHTS)) if source is None else source.open("rb") as file:
            found = read_weights(file)
        assert found.keys() == WEIGHTS.keys()
        for name, expected in load_file(tmp_path / "weights").items():
            assert found[name].dtype == expected.dtype and torch.equal(found[name], expected)


@pytest.mark.parametrize("at_once", [1, 7, 1000])
def test_a_system_that_gives_few_bytes_at_once_is_asked_again(tmp_path: Path, at_once: int, monkeypatch) -> None:
    save_file(WEIGHTS, tmp_path / "weights")

    def few(descriptor: int, buffers: list[memoryview], place: int) -> int:
        with open(tmp_path / "weights", "rb") as file:
            file.seek(place)
            return file.readinto(buffers[0][:at_once])

    monkeypatch.setattr(weights_file.os, "preadv", few, raising=False)
    with open(tmp_path / "weights", "rb") as file:
        found = read_weights(file)
    assert all(torch.equal(found[name], expected) for name, expected in WEIGHTS.items())


def test_each_tensor_has_memory_of_its_own() -> None:
    found = read_weights(io.BytesIO(save(WEIGHTS)))
    sizes = [weight.untyped_storage().nbytes() for weight in found.values()]
    assert sizes == [weight.numel() * weight.itemsize for weight in found.values()]


@given(st.integers(0, len(save(WEIGHTS)) - 1))
def test_a_file_that_is_cut_short_is_refused(length: int) -> None:
    with pytest.raises(UnreadableWeights):
        read_weights(io.BytesIO(save(WEIGHTS)[:length]))


@given(st.integers(0, 600), st.integers(0, 255))
def test_a_header_with_any_byte_changed_is_refused_or_read(place: int, byte: int) -> None:
    data = bytearray(save(WEIGHTS))
    data[place] = byte
    try:
        found = read_weights(io.BytesIO(bytes(data)))
    except UnreadableWeights:
        return
    assert len(found) == len(WEIGHTS)


@pytest.mark.parametrize(
    "header",
    [
        [],
        7,
        {"a": 7},
        {"a": {}},
        {"a": entry(dtype="F33")},
        {"a": entry(dtype=["F32"])},
        {"a": entry(shape=[-2])},
        {"a": entry(shape=[2.0])},
        {"a": entry(shape=7)},
        {"a": entry(shape=[10**12])},
        {"a": entry(shape=[3], data_offsets=[0, 12])},
        {"a": entry(shape=[1], data_offsets=[0, 4])},
        {"a": entry(shape=[1], data_offsets=[0, 4]), "b": entry(shape=[1], data_offsets=[0, 4])},
        {"a": entry(shape=[1], data_offsets=[0, 4]), "b": entry(shape=[1], data_offsets=[5, 9])},
        {"a": entry(data_offsets=["0", "8"])},
        {"a": entry(data_offsets=None)},
    ],
    ids=str,
)
def test_headers_that_make_no_sense_are_refused(header: object) -> None:
    with pytest.raises(UnreadableWeights):
        read_weights(io.BytesIO(with_header(header)))


def test_a_header_that_is_deeply_nested_or_names_a_weight_twice_is_refused() -> None:
    nested = b"[" * 100_000
    twice = b'{"a": 1, "a": 1}'
    for text in (nested, twice):
        with pytest.raises(UnreadableWeights):
            read_weights(io.BytesIO(len(text).to_bytes(8, "little") + text))
