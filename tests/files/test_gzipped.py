"""Compressed or not: the first bytes tell it."""

import gzip
from pathlib import Path

from spacy_bert_ext.files.gzipped import open_plain


def test_gzip_is_told_by_its_sign_and_not_by_the_name(tmp_path: Path) -> None:
    plain, compressed = tmp_path / "a.gz", tmp_path / "a.txt"
    plain.write_bytes(b"x\ny")
    compressed.write_bytes(gzip.compress(b"x\ny"))
    for path in (plain, compressed):
        with open_plain(path) as file:
            assert file.read() == b"x\ny"


def test_a_file_may_be_empty(tmp_path: Path) -> None:
    (tmp_path / "a").touch()
    with open_plain(tmp_path / "a") as file:
        assert file.read() == b""
