"""What a checkpoint's small files tell; the tests have no network."""

import json
from pathlib import Path

import pytest
from huggingface_hub.errors import HFValidationError, RepositoryNotFoundError

from spacy_bert_ext.huggingface import descriptions
from spacy_bert_ext.huggingface.descriptions import (
    Description,
    description_at_hand,
    fetch_description,
    is_at_hand,
    is_path,
)
from tests.tiny import MAX_WINDOW_PIECES, N_LAYERS, WIDTH


def test_every_kind_of_checkpoint_tells_its_size(any_folder: str) -> None:
    found = description_at_hand(any_folder)
    assert found is not None and (found.width, found.n_layers) == (WIDTH, N_LAYERS)
    assert found.max_window_pieces == MAX_WINDOW_PIECES
    assert is_at_hand(any_folder) and fetch_description(any_folder) == found


def test_the_case_and_the_pooling_are_told(checkpoints: dict[str, str], tmp_path: Path) -> None:
    assert description_at_hand(checkpoints["bert"]).is_uncased is True
    assert description_at_hand(checkpoints["roberta"]).is_uncased is None
    assert description_at_hand(checkpoints["bert"]).window_pooling == "first"
    (tmp_path / "config.json").write_text(json.dumps({"hidden_size": 8, "classifier_pooling": "mean"}))
    assert description_at_hand(str(tmp_path)) == Description(width=8, window_pooling="mean")
    assert not is_at_hand(str(tmp_path))  # it has no weights


@pytest.mark.parametrize("text", ["", "[]", "{", '{"hidden_size": "many", "num_hidden_layers": -1}'])
def test_a_damaged_file_tells_nothing(text: str, tmp_path: Path) -> None:
    """Whoever loads it tells of it."""
    (tmp_path / "config.json").write_text(text)
    assert description_at_hand(str(tmp_path)) == Description(window_pooling="first")


def test_paths_are_told_from_names() -> None:
    assert all(map(is_path, ("/a/b", "./a", "../a", "a/b/c")))
    assert not any(map(is_path, ("a", "a/b", "bert-base-cased")))


@pytest.mark.parametrize("name", ["/no/such/folder", "./nothere", "a/b/c"])
def test_a_folder_that_is_not_there_is_told(name: str) -> None:
    assert description_at_hand(name) is None and not is_at_hand(name)
    with pytest.raises(ValueError, match=rf"B560.*'{name}': there is no such folder"):
        fetch_description(name)


def test_a_folder_without_a_config_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="B560.*has no config.json"):
        fetch_description(str(tmp_path))


def test_a_name_that_cannot_be_asked_for_is_told() -> None:
    assert description_at_hand("nobody-here/no-checkpoint") is None
    with pytest.raises(ValueError, match="B561.*nobody-here/no-checkpoint.*--offline-ok"):
        fetch_description("nobody-here/no-checkpoint")


@pytest.mark.parametrize("kind", [RepositoryNotFoundError, HFValidationError])
def test_a_name_that_the_hub_does_not_know_is_told(kind: type[Exception], monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> str:
        raise kind.__new__(kind)

    monkeypatch.setattr(descriptions, "snapshot_download", refuse)
    with pytest.raises(ValueError, match="B560.*no/name.*no such folder, and the hub"):
        fetch_description("no/name")


def test_what_the_hub_has_is_read(bert_folder: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    fetched = []

    def snapshot(name: str, *, local_files_only: bool, **_: object) -> str:
        if local_files_only:
            raise FileNotFoundError(name)
        fetched.append(name)
        return bert_folder

    monkeypatch.setattr(descriptions, "snapshot_download", snapshot)
    assert fetch_description("owner/name").width == WIDTH and fetched == ["owner/name"]
    monkeypatch.setattr(descriptions, "snapshot_download", lambda *_, **__: str(tmp_path))
    with pytest.raises(ValueError, match="B560.*the hub has of that name has no config.json"):
        fetch_description("owner/name")
