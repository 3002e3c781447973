"""A stand-in of the Hugging Face hub on this machine, and a pipeline to upload."""

import base64
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import huggingface_hub.utils
import pytest
import spacy

import spacy_bert_ext.cli  # noqa: F401  (registers the commands)

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
