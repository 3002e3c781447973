"""Chunks on the disk: what a process that was killed at any moment has left is found whole."""

from pathlib import Path

import pytest

from spacy_bert_ext.scale.parts import DATA, LOG, Entry, Parts, read_entries

CHUNKS = [
    (b"abc", Entry(0, 2, "x", 10, {"bad": 1})),
    (b"", Entry(0, 1, "y", 20, {})),
    (b"de", Entry(0, 3, "z", 30, {})),
]


def fill(folder: Path) -> Parts:
    parts = Parts(folder)
    for data, entry in CHUNKS:
        parts.append(data, entry)
    return parts


def told(parts: Parts) -> tuple:
    return parts.n_chunks, parts.n_rows, parts.read, parts.faults


def test_chunks_are_found_again(tmp_path: Path) -> None:
    first = fill(tmp_path / "parts")
    again = Parts(tmp_path / "parts")
    assert told(first) == told(again) == (3, 6, 30, {"bad": 1})
    assert list(again.chunks()) == [b"abc", b"", b"de"]
    assert [entry.end for entry in read_entries(again.folder)] == [3, 3, 5]
    assert [entry.rows for entry, _ in again.entries_with_data()] == [2, 1, 3]
    assert not again.is_complete and not again.is_moved


@pytest.mark.parametrize("cut_log", range(0, 200, 7))
def test_what_was_not_finished_is_cut_off(tmp_path: Path, cut_log: int) -> None:
    folder = tmp_path / "parts"
    fill(folder)
    whole = (folder / LOG).read_bytes()
    (folder / LOG).write_bytes(whole[:cut_log])
    n_whole = whole[:cut_log].count(b"\n")
    parts = Parts(folder)
    assert parts.n_chunks == n_whole and list(parts.chunks()) == [data for data, _ in CHUNKS[:n_whole]]
    for data, entry in CHUNKS[n_whole:]:
        parts.append(data, entry)
    assert (folder / LOG).read_bytes() == whole and (folder / DATA).read_bytes() == b"abcde"


def test_data_that_is_shorter_than_its_log_counts_as_far_as_it_goes(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    fill(folder)
    (folder / DATA).write_bytes(b"abcd")
    assert told(Parts(folder))[:3] == (2, 3, 20) and (folder / DATA).read_bytes() == b"abc"
    (folder / DATA).unlink()
    assert Parts(folder).n_chunks == 0


def test_a_complete_job_may_have_moved_its_data(tmp_path: Path) -> None:
    folder = tmp_path / "parts"
    fill(folder).complete()
    again = Parts(folder)
    assert again.is_complete and not again.is_moved and again.n_rows == 6
    again.rename_data(tmp_path / "output")
    assert Parts(folder).is_moved and Parts(folder).n_rows == 6 and not (folder / DATA).exists()
    assert (tmp_path / "output").read_bytes() == b"abcde"
