"""Uploads to a stand-in of the Hugging Face hub on this machine."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.utils
import pytest
import spacy
import srsly
from spacy.cli._util import app
from typer.testing import CliRunner

import spacy_bert_ext.cli  # noqa: F401  (registers the commands)
from spacy_bert_ext.checkpoints.pushing import push_pipeline
from tests.pipeline.pipelines import TEXTS, assert_same, raises_code

REPOSITORY = "someone/en_demo"
TOKEN = "token-that-may-write"


class Hub(ThreadingHTTPServer):
    """Knows the calls of an upload of small files.

    calls: Their paths and bodies, in order.
    files: What was committed, by name.
    """

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Call)
        self.calls: list[tuple[str, object]] = []
        self.files: dict[str, bytes] = {}

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Call(BaseHTTPRequestHandler):
    server: Hub

    def do_POST(self) -> None:
        lines = self.rfile.read(int(self.headers["Content-Length"])).decode("utf8").splitlines()
        body = [json.loads(line) for line in lines]
        self.server.calls.append((self.path, body))
        if self.headers["Authorization"] != f"Bearer {TOKEN}":
            self.answer(401, {"error": "Invalid credentials"})
        elif self.path == "/api/repos/create":
            self.answer(200, {"url": f"{self.server.address}/{REPOSITORY}"})
        elif self.path == "/api/validate-yaml":
            self.answer(200, {"errors": [], "warnings": []})
        elif self.path == f"/api/models/{REPOSITORY}/preupload/main":
            mode = {"uploadMode": "regular", "shouldIgnore": False}
            self.answer(200, {"files": [{"path": file["path"], **mode} for file in body[0]["files"]]})
        elif self.path == f"/api/models/{REPOSITORY}/commit/main":
            for line in body:
                if line["key"] == "file":
                    self.server.files[line["value"]["path"]] = base64.b64decode(line["value"]["content"])
            commit = f"{self.server.address}/{REPOSITORY}/commit/0123"
            self.answer(200, {"commitUrl": commit, "commitOid": "0123", "success": True})
        else:
            self.answer(404, {"error": f"no such address: {self.path}"})

    def answer(self, status: int, body: dict) -> None:
        content = json.dumps(body).encode("utf8")
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    server = Hub()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.ENDPOINT", server.address)
    monkeypatch.setenv("HF_TOKEN", TOKEN)
    forget_sessions()
    yield server
    server.shutdown()
    server.server_close()
    forget_sessions()


# Its first major version has the second name.
forget_sessions = getattr(huggingface_hub.utils, "reset_sessions", None) or huggingface_hub.utils.close_session


@pytest.fixture
def pipeline(trained_folder: Path, tmp_path: Path) -> Path:
    """With scores, a licence and a description in its meta data."""
    nlp = spacy.load(trained_folder)
    nlp.meta.update(name="demo", description="Finds people.", license="MIT")
    nlp.meta["performance"] = {"ents_f": 0.91234, "ents_per_type": {"GPE": {}}, "bert_ner_loss": 12.5, "speed": 9.5}
    nlp.to_disk(tmp_path / "pipeline")
    return tmp_path / "pipeline"


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


def test_the_command_prints_size_and_address(hub: Hub, pipeline: Path, tmp_path: Path) -> None:
    done = CliRunner().invoke(app, ["bert", "half", str(pipeline), str(tmp_path / "half")])
    assert done.exit_code == 0 and "MB, instead of" in done.output
    done = CliRunner().invoke(app, ["bert", "push", str(tmp_path / "half"), REPOSITORY])
    assert done.exit_code == 0 and f"{hub.address}/{REPOSITORY}/commit/0123" in " ".join(done.output.split())
    done = CliRunner().invoke(app, ["bert", "push", str(tmp_path), REPOSITORY])
    assert done.exit_code == 1 and "B066" in done.output
    done = CliRunner().invoke(app, ["bert", "half", str(tmp_path / "half" / "vocab"), str(tmp_path / "other")])
    assert done.exit_code == 1 and "B066" in done.output
