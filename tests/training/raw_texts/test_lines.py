"""Lines of files, whole and in parts."""

import gzip
import tracemalloc
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from spacy_bert_ext.training.raw_texts.lines import read_lines
from tests.coded import raises_code


def lines_of(path: Path, data: bytes, part_bytes: int | None = None) -> list[tuple[int, str, bool]]:
    path.write_bytes(data)
    return [tuple(line) for line in read_lines(path, part_bytes)]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "raw.txt"


def test_line_ends_of_windows_and_a_byte_order_mark_are_no_text(path: Path) -> None:
    assert lines_of(path, b"\xef\xbb\xbfa\r\n\r\nb\xc3\xa4") == [(1, "a", True), (2, "", True), (3, "bä", True)]
    assert lines_of(path, b"") == []
    assert lines_of(path, b"\n") == [(1, "", True)]


def test_other_separators_end_no_line(path: Path) -> None:
    assert lines_of(path, "a\u2028b\x0bc\rd\x85e\n".encode()) == [(1, "a\u2028b\x0bc\rd\x85e", True)]


def test_gzip_is_read_as_it_comes(path: Path) -> None:
    assert lines_of(path, gzip.compress(b"a\nb\n", mtime=0)) == [(1, "a", True), (2, "b", True)]


def test_long_lines_come_in_parts_that_end_with_blanks(path: Path) -> None:
    # Five bytes are read at a time: "aa bb" is cut after its blank, and then "bb cc dd".
    assert lines_of(path, b"aa bb cc dd\ne", 5) == [
        (1, "aa ", True),
        (1, "bb cc ", False),
        (1, "dd", False),
        (2, "e", True),
    ]


@given(st.text(st.sampled_from("aä東👩 \u2028\r"), max_size=60), st.integers(8, 20))
def test_parts_together_are_the_line(tmp_path_factory: pytest.TempPathFactory, text: str, part_bytes: int) -> None:
    path = tmp_path_factory.mktemp("lines") / "raw.txt"
    found = lines_of(path, f"{text}\nend".encode(), part_bytes)
    assert "".join(part for number, part, _ in found if number == 1) == text.removesuffix("\r")
    assert [begins for _, _, begins in found] == [True, *[False] * (len(found) - 2), True]
    assert all(len(part.encode()) <= 2 * part_bytes for _, part, _ in found)


def test_a_line_without_end_takes_no_more_memory_than_its_parts(path: Path) -> None:
    path.write_bytes(b"a" * 4_000_000)
    tracemalloc.start()
    n_characters = sum(len(line.text) for line in read_lines(path, 10_000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert n_characters == 4_000_000
    assert peak < 300_000


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"a\n\xff\xfeb\n", r"raw\.txt, line 2: byte 0xff is no UTF-8"),
        ("ab\ncd".encode("utf-16"), r"raw\.txt, line 1: a NUL byte, as binary files have"),
        (b"a\nb\0", r"raw\.txt, line 2: a NUL byte"),
        (gzip.compress(b"abc\n" * 1000, mtime=0)[:-10], r"raw\.txt, after line \d+: Compressed file ended"),
        (gzip.compress(b"abc\n" * 1000, mtime=0)[:-8] + b"12345678", r"raw\.txt, after line \d+: CRC"),
        (b"\x1f\x8b\x08\x00123456789", r"raw\.txt, after line 0: "),
    ],
)
def test_what_is_no_text_is_told_with_its_line(path: Path, data: bytes, message: str) -> None:
    with raises_code("B403", match=message):
        lines_of(path, data, 1000)
