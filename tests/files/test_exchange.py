"""Two folders exchange their names, where the system can do that."""

import errno
from pathlib import Path

import pytest

from spacy_bert_ext.files import exchange as exchange_module
from spacy_bert_ext.files.exchange import exchange


def names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_two_folders_exchange_their_names(tmp_path: Path) -> None:
    for name in ("one", "other"):
        (tmp_path / name).mkdir()
        (tmp_path / name / name).touch()
    assert exchange(tmp_path / "one", tmp_path / "other")
    assert names(tmp_path / "one") == {"other"} and names(tmp_path / "other") == {"one"}
    with pytest.raises(FileNotFoundError):
        exchange(tmp_path / "one", tmp_path / "none")


@pytest.mark.parametrize("number, done", [(errno.ENOSYS, False), (errno.EINVAL, False), (0, True)])
def test_systems_without_an_exchange_say_so(tmp_path: Path, monkeypatch, number: int, done: bool) -> None:
    monkeypatch.setattr(exchange_module, "_system_call", lambda: lambda one, other: -1 if number else 0)
    monkeypatch.setattr(exchange_module.ctypes, "get_errno", lambda: number)
    assert exchange(tmp_path, tmp_path) is done
    monkeypatch.setattr(exchange_module, "_system_call", lambda: None)
    assert not exchange(tmp_path, tmp_path)
