"""Which files a path means."""

from pathlib import Path

from spacy_bert_ext.training.raw_texts.files import find_files, kind_of
from tests.coded import raises_code


def test_a_folder_means_its_files_of_raw_text_in_sorted_order(tmp_path: Path) -> None:
    names = ("b.txt", "a/z.JSONL", "a/y.spacy.gz", "a/b/c.txt.gz", "README", "x.md", "x.gz", ".hidden/a.txt", "._b.txt")
    for name in names:
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True, parents=True)
        path.touch()
    found = [path.relative_to(tmp_path).as_posix() for path in find_files(tmp_path)]
    assert found == ["a/b/c.txt.gz", "a/y.spacy.gz", "a/z.JSONL", "b.txt"]


def test_a_file_that_is_named_is_read_whatever_its_ending(tmp_path: Path) -> None:
    path = tmp_path / "x.md"
    path.touch()
    assert find_files(path) == [path]


def test_the_ending_of_gzip_says_nothing() -> None:
    assert [kind_of(Path(name)) for name in ("a.b/x.Txt.GZ", "x.gz", "x", "x.tar.json")] == [".txt", "", "", ".json"]


def test_nothing_to_read_is_told(tmp_path: Path) -> None:
    with raises_code("B402", match=r"x\.txt: there is no such file or folder.*\.jsonl"):
        find_files(tmp_path / "x.txt")
    with raises_code("B402", match="the folder has no files"):
        find_files(tmp_path)
    (tmp_path / "a.md").touch()
    with raises_code("B402", match="none of the 1 files in this folder ends so"):
        find_files(tmp_path)
