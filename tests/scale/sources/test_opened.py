"""Files are decompressed, and how far they were read is known."""

import gzip
import io
import sys
from pathlib import Path
from types import SimpleNamespace

from spacy_bert_ext.scale.sources.opened import opened
from tests.coded import raises_code

DATA = b"0123456789" * 10_000


def test_how_far_a_file_was_read(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(DATA)
    with opened(path) as file:
        assert file.head(2) == b"01" and file.stream.read(50_000) == DATA[:50_000]
        assert file.read() == 50_000
        file.share = 0.25
        assert file.read() == 25_000


def test_a_compressed_file_counts_as_it_is_on_the_disk(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(gzip.compress(DATA))
    with opened(path) as file:
        assert file.stream.read() == DATA and file.read() == path.stat().st_size < 5000


def test_standard_input(monkeypatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO(b"abc")))
    with opened(None) as file:
        assert file.head(1) == b"a" and file.stream.read() == b"abc" and file.read() == 0


def test_damaged_files_are_told(tmp_path: Path) -> None:
    path = tmp_path / "a.gz"
    path.write_bytes(gzip.compress(DATA)[:-20])
    with raises_code("B526", match=r"a\.gz: its compressed content is damaged"), opened(path) as file:
        file.stream.read()
    whole = gzip.compress(DATA)
    path.write_bytes(whole[:15] + b"\xff" * 10 + whole[25:])
    with raises_code("B526", match=r"a\.gz: its compressed content is damaged"), opened(path) as file:
        file.stream.read()
    path.write_bytes("text".encode("utf-16"))
    with raises_code("B526", match="it is UTF-16"), opened(path) as file:
        file.check_encoding()
