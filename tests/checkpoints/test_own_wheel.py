"""The wheel of this package is the one that setuptools builds."""

import subprocess
import sys
import zipfile
from importlib.metadata import Distribution
from pathlib import Path

import pytest

import spacy_bert_ext
from spacy_bert_ext.checkpoints import own_wheel
from spacy_bert_ext.checkpoints.own_wheel import own_bytes, write_own_wheel

CHECKOUT = Path(spacy_bert_ext.__file__).parent.parent
# Each tool writes its own; nothing reads the list of top-level modules any more.
OTHERWISE = {"RECORD", "WHEEL", "top_level.txt", "METADATA"}


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        read = {name: archive.read(name) for name in archive.namelist()}
    return {name: content for name, content in read.items() if name.split("/")[-1] not in OTHERWISE}


@pytest.mark.skipif(not (CHECKOUT / "setup.cfg").exists(), reason="it is in a checkout only")
def test_it_holds_what_setuptools_puts_into_a_wheel(tmp_path: Path) -> None:
    told: list[int] = []
    wheel = write_own_wheel(tmp_path, progress=told.append)
    assert sum(told) == own_bytes()
    code = (
        "import sys; sys.path.append('project/scripts'); from pathlib import Path; "
        "from use_package import copy_source; from build_wheel import build_wheel; folder = Path(sys.argv[1]); "
        "build_wheel(copy_source(folder / 'source'), folder / 'built')"
    )
    subprocess.run([sys.executable, "-c", code, str(tmp_path)], cwd=CHECKOUT, check=True)
    (built,) = (tmp_path / "built").glob("*.whl")
    assert wheel.name == built.name
    assert contents(wheel) == contents(built)


class Installed(Distribution):
    """Of a version, with or without metadata."""

    def __init__(self, version: str, texts: dict[str, str]) -> None:
        self._version, self._texts = version, texts

    @property
    def version(self) -> str:
        return self._version

    def read_text(self, filename: str) -> str | None:
        return self._texts.get(filename)

    def locate_file(self, path: object) -> Path:
        return CHECKOUT


def test_code_that_is_not_installed_makes_no_wheel(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What builds leave in a checkout has no file of this name."""
    monkeypatch.setattr(own_wheel, "distributions", lambda name: [Installed("0.1.0", {"PKG-INFO": "Name: x"})])
    with pytest.raises(ValueError, match="B542"):
        write_own_wheel(tmp_path, progress=lambda n: None)


def test_metadata_of_another_version_are_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(own_wheel, "distributions", lambda name: [Installed("0.0.1", {"METADATA": "Name: x"})])
    with pytest.raises(ValueError, match=r"B543.*version 0\.0\.1 is installed"):
        write_own_wheel(tmp_path, progress=lambda n: None)
