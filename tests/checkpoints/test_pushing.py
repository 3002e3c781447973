"""Uploads to a stand-in of the Hugging Face hub on this machine."""

from pathlib import Path

import pytest
import spacy
import srsly

import spacy_bert_ext.cli  # noqa: F401  (registers the commands)
from spacy_bert_ext.checkpoints.pushing import push_pipeline
from tests.annotated import TEXTS
from tests.checkpoints.hub import REPOSITORY, Hub
from tests.coded import raises_code
from tests.pipeline.comparing import assert_same


def test_what_was_pushed_is_the_pipeline_and_a_card(hub: Hub, pipeline: Path, tmp_path: Path) -> None:
    address = push_pipeline(pipeline, REPOSITORY, private=True, message="First")
    assert address == f"{hub.address}/{REPOSITORY}/commit/0123"
    creation, commit = hub.calls[0][1][0], hub.calls[-1][1][0]
    assert (creation["name"], creation["organization"]) == ("en_demo", "someone")
    # Newer versions of huggingface_hub say it in the second way.
    assert creation.get("private") is True or creation.get("visibility") == "private"
    assert commit["value"]["summary"] == "First"
    for name, content in hub.files.items():
        (tmp_path / "pulled" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "pulled" / name).write_bytes(content)
    assert_same(list(spacy.load(tmp_path / "pulled").pipe(TEXTS)), list(spacy.load(pipeline).pipe(TEXTS)), 1e-7)
    assert {file.relative_to(tmp_path / "pulled") for file in (tmp_path / "pulled").rglob("*")} == {
        Path("README.md"),
        *(file.relative_to(pipeline) for file in pipeline.rglob("*")),
    }
    _, front_matter, text = hub.files["README.md"].decode("utf8").split("---\n", 2)
    assert srsly.yaml_loads(front_matter) == {
        "language": "en",
        "library_name": "spacy",
        "tags": ["spacy", "token-classification", "text-classification"],
        "license": "mit",
    }
    assert "# en_demo\n\nFinds people.\n" in text
    assert f'spacy.load(snapshot_download("{REPOSITORY}"))' in text
    assert 'pip install "spacy-bert-ext>=' in text
    assert "| `bert_ner` | `GPE`, `ORG`, `PERSON` |" in text
    assert "| ents_f | 0.9123 |" in text
    assert "loss" not in text and "ents_per_type" not in text


def test_a_card_that_is_there_is_kept(hub: Hub, pipeline: Path) -> None:
    (pipeline / "README.md").write_text("Mine")
    push_pipeline(pipeline, REPOSITORY, private=False, message="Second")
    assert hub.files["README.md"] == b"Mine"


def test_what_the_hub_refuses_is_said(hub: Hub, pipeline: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with raises_code("B067"):
        push_pipeline(pipeline, "no//repository", private=False, message="x")
    monkeypatch.setenv("HF_TOKEN", "token-that-may-not")
    with pytest.raises(ValueError, match=rf"\[B067\].*'{REPOSITORY}': .*401"):
        push_pipeline(pipeline, REPOSITORY, private=False, message="x")
    assert not hub.files


def test_without_a_network_it_says_so(pipeline: Path) -> None:
    with raises_code("B067"):  # the tests are offline
        push_pipeline(pipeline, REPOSITORY, private=False, message="x")


def test_a_folder_of_something_else_is_refused(tmp_path: Path) -> None:
    with raises_code("B066"):
        push_pipeline(tmp_path, REPOSITORY, private=False, message="x")
