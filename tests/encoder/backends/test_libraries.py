"""Libraries that are missing, and what they would send."""

import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from spacy_bert_ext.encoder.backends.libraries import imported, without_telemetry
from tests.coded import raises_code


@pytest.mark.parametrize("package, extra", [("openvino", "openvino"), ("nncf", "quantize"), ("onnxruntime", "onnx")])
def test_a_missing_library_is_told_with_the_command(package, extra, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    monkeypatch.delitem(sys.modules, package)
    monkeypatch.setattr("importlib.import_module", _missing)
    with raises_code("B360", ImportError, match=rf'pip install "spacy-bert-ext\[{extra}\]"'):
        imported(package, backend="openvino", extra=extra)


def _missing(name: str) -> None:
    raise ImportError(f"No module named '{name}'")


def test_another_thread_waits_until_a_library_is_whole(tmp_path, monkeypatch):
    (tmp_path / "slow_library.py").write_text("import time\ntime.sleep(0.2)\nis_whole = True\n")
    monkeypatch.syspath_prepend(tmp_path)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(imported, "slow_library", backend="openvino", extra="openvino")
        while "slow_library" not in sys.modules:
            time.sleep(0.001)
        assert imported("slow_library", backend="openvino", extra="openvino").is_whole
        assert first.result() is sys.modules.pop("slow_library")


def test_the_environment_is_put_back(monkeypatch):
    monkeypatch.delenv("CI", raising=False)
    with without_telemetry():
        assert os.environ["CI"] == "true" and sys.modules["openvino_telemetry"] is None
    assert "CI" not in os.environ and sys.modules.get("openvino_telemetry", 0) is not None


_SILENT = """
import socket, sys, threading

def refuse(*args, **kwargs):
    print("a socket was opened", flush=True)
    raise OSError("no network")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
from tests.encoder.backends.int8_encoders import LINES, make_int8
from tests.tiny import make_checkpoint, make_docs, make_encoder
folder = make_checkpoint(sys.argv[1], "bert")
make_encoder(folder, backend="openvino").predict(make_docs(*LINES))
if "nncf" in sys.argv:
    make_int8(folder, "openvino").predict(make_docs(*LINES))
print(sorted(name for name in sys.modules if name.startswith("openvino_telemetry")))
"""


def test_nothing_is_sent(tmp_path):
    pytest.importorskip("openvino")
    packages = ["nncf"] if _has("nncf") else []
    environment = {key: value for key, value in os.environ.items() if key != "CI"}
    command = [sys.executable, "-W", "ignore", "-c", _SILENT, str(tmp_path), *packages]
    found = subprocess.run(command, check=False, env=environment, capture_output=True, text=True)
    assert found.returncode == 0, found.stderr
    assert found.stdout.splitlines()[-1] == "[]" and "socket" not in found.stdout


def _has(package: str) -> bool:
    try:
        __import__(package)
    except ImportError:
        return False
    return True
