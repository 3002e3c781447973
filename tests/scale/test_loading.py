"""A pipeline is loaded once in a process, with its settings."""

import threading
from pathlib import Path

import pytest

from spacy_bert_ext.scale import loading
from spacy_bert_ext.scale.loading import Choice, Pipelines
from tests.coded import raises_code


@pytest.fixture
def choice(trained_folder: Path) -> Choice:
    return Choice(str(trained_folder), "auto", None, None)


def test_threads_load_a_pipeline_once(choice: Choice) -> None:
    pipelines, found = Pipelines(), []
    threads = [threading.Thread(target=lambda: found.append(pipelines.get(choice))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(map(id, found))) == 1 and len(found) == 4 and pipelines.n_loads == 1
    pipelines.get(choice._replace(threads=1))
    assert pipelines.n_loads == 2


def test_device_and_threads_are_set(choice: Choice) -> None:
    pipelines = Pipelines()
    assert pipelines.get(choice).nlp.get_pipe("bert_encoder").threads == "auto"
    loaded = pipelines.get(choice._replace(threads=3, device="cpu")).nlp
    assert loaded.get_pipe("bert_encoder").threads == 3 and loaded.get_pipe("bert_ner").threads == 3
    with raises_code("B011", match="cuda:77"):
        pipelines.get(choice._replace(device="cuda:77"))


def test_code_is_imported_before(choice: Choice, tmp_path: Path, monkeypatch) -> None:
    imported = []
    monkeypatch.setattr(loading, "import_code", imported.append)
    Pipelines().get(choice._replace(code="functions.py"))
    assert imported == ["functions.py"]


def test_a_pipeline_that_is_not_there_is_told(tmp_path: Path) -> None:
    with raises_code("B520", match="no pipeline 'nowhere_to_be_found'"):
        Pipelines().get(Choice("nowhere_to_be_found", "auto", None, None))
    with pytest.raises(OSError, match="E053"):
        Pipelines().get(Choice(str(tmp_path), "auto", None, None))
