"""Folders with the wheel of a pipeline, the wheel of this package, and how both are installed."""

import email
import json
import zipfile
from pathlib import Path

import pytest
import spacy
import srsly
from spacy.cli import package as spacy_package

from spacy_bert_ext.checkpoints import packaging
from spacy_bert_ext.checkpoints.packaging import INSTALL_FILE, install_line, package_pipeline

OWN = f"spacy_bert_ext-{packaging.Version('0.1.0')}-py3-none-any.whl"


def contents(wheel: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(wheel) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_the_folder_holds_both_wheels_and_the_line_that_installs_them(trained_folder: Path, tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    made = package_pipeline(
        trained_folder, tmp_path / "out", name="tried", version="1.2", progress=lambda *n: told.append(n)
    )
    assert sorted(file.name for file in (tmp_path / "out").iterdir()) == [
        "en_tried-1.2-py3-none-any.whl", INSTALL_FILE, OWN
    ]  # fmt: skip
    assert made.name == "en_tried" and made.elsewhere == []
    assert made.install_line == f"python -m pip install {made.wheels[0]} {made.wheels[1]}"
    assert all(wheel.exists() for wheel in made.wheels)
    text = (tmp_path / "out" / INSTALL_FILE).read_text("utf8")
    assert f"pip install ./en_tried-1.2-py3-none-any.whl ./{OWN}\n" in text and 'spacy.load("en_tried")' in text
    assert sum(n for n, _ in told) == told[0][1]


def test_the_wheel_says_what_spacys_own_says(trained_folder: Path, tmp_path: Path) -> None:
    made = package_pipeline(trained_folder, tmp_path / "out", name="en_tried", version="1.2.0")
    (tmp_path / "sources").mkdir()
    spacy_package(trained_folder, tmp_path / "sources", name="tried", version="1.2.0", create_sdist=False)
    source = tmp_path / "sources" / "en_tried-1.2.0"
    found = contents(made.wheels[0])
    described = "en_tried-1.2.0.dist-info/"
    expected = {file.relative_to(source).as_posix() for file in (source / "en_tried").rglob("*") if file.is_file()}
    assert {name for name in found if not name.startswith(described)} == expected | {"en_tried/meta.json"}
    metadata = email.message_from_bytes(found[f"{described}METADATA"])
    assert (metadata["Name"], metadata["Version"]) == ("en_tried", "1.2.0")
    requirements = metadata.get_all("Requires-Dist")
    assert any(one.startswith("spacy-bert-ext>=") for one in requirements)
    assert any(one.startswith("spacy>=") for one in requirements)
    assert f"pip install ./{made.wheels[0].name} ./{OWN}" in metadata.get_payload()
    assert found[f"{described}entry_points.txt"] == b"[spacy_models]\nen_tried = en_tried\n"
    for name in ("en_tried/meta.json", "en_tried/en_tried-1.2.0/meta.json"):
        assert json.loads(found[name])["name"] == "tried" and json.loads(found[name])["requirements"] == requirements


def test_the_unpacked_wheel_is_a_package_that_loads(
    trained_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = package_pipeline(trained_folder, tmp_path / "out", name="unpacked_here")
    zipfile.ZipFile(made.wheels[0]).extractall(tmp_path / "site")
    monkeypatch.syspath_prepend(str(tmp_path / "site"))
    assert spacy.load("en_unpacked_here").pipe_names == spacy.load(trained_folder).pipe_names


def test_what_the_author_says_stays(copied_folder: Path, tmp_path: Path) -> None:
    meta = srsly.read_json(copied_folder / "meta.json")
    srsly.write_json(copied_folder / "meta.json", {**meta, "description": "Two\nlines", "author": "Ada", "url": ""})
    (copied_folder / "README.md").write_text("A card", encoding="utf8")
    (copied_folder / "LICENSE").write_text("Mine", encoding="utf8")
    found = contents(package_pipeline(copied_folder, tmp_path / "out").wheels[0])
    described = next(name for name in found if name.endswith("METADATA")).removesuffix("METADATA")
    metadata = email.message_from_bytes(found[f"{described}METADATA"])
    assert (metadata["Summary"], metadata["Author"], metadata["Home-page"]) == ("Two lines", "Ada", None)
    assert metadata.get_payload() == "A card" and found[f"{described}licenses/LICENSE"] == b"Mine"


def test_code_comes_with_the_pipeline(trained_folder: Path, tmp_path: Path) -> None:
    code = tmp_path / "functions_of_mine.py"
    code.write_text("HERE = True\n", encoding="utf8")
    found = contents(package_pipeline(trained_folder, tmp_path / "out", name="coded", code=[code]).wheels[0])
    assert found["en_coded/functions_of_mine.py"] == b"HERE = True\n"
    assert b"from . import functions_of_mine" in found["en_coded/__init__.py"]
    with pytest.raises(ValueError, match="B544"):
        package_pipeline(trained_folder, tmp_path / "none", code=[tmp_path / "missing.py"])
    assert not (tmp_path / "none").exists()


@pytest.mark.parametrize(
    "options, code", [({"name": "my-name"}, "B540"), ({"name": "naïve"}, "B540"), ({"version": "new"}, "B541")]
)
def test_names_and_versions_that_cant_be_used_are_told(
    trained_folder: Path, tmp_path: Path, options: dict[str, str], code: str
) -> None:
    with pytest.raises(ValueError, match=code):
        package_pipeline(trained_folder, tmp_path / "out", **options)
    assert not (tmp_path / "out").exists()


def test_only_a_folder_of_packages_is_replaced_and_only_if_asked(trained_folder: Path, tmp_path: Path) -> None:
    package_pipeline(trained_folder, tmp_path / "out", name="first")
    with pytest.raises(ValueError, match="B550"):
        package_pipeline(trained_folder, tmp_path / "out", name="second")
    made = package_pipeline(trained_folder, tmp_path / "out", name="second", replace=True)
    assert {file.name for file in (tmp_path / "out").iterdir()} == {made.wheels[0].name, OWN, INSTALL_FILE}
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "file").touch()
    with pytest.raises(ValueError, match="B032"):
        package_pipeline(trained_folder, tmp_path / "other", replace=True)


def test_a_folder_without_a_pipeline_is_told(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="B066"):
        package_pipeline(tmp_path, tmp_path / "out")


def test_requirements_that_came_from_elsewhere_are_named(
    copied_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """numpy is from an index here, as is what this installation does not know."""
    meta = srsly.read_json(copied_folder / "meta.json")
    asked = ["numpy>=1", "spacy-bert-ext[onnx]>=0.1", "not-here>=1"]
    srsly.write_json(copied_folder / "meta.json", {**meta, "requirements": asked})
    assert package_pipeline(copied_folder, tmp_path / "out").elsewhere == []

    class Local:
        def read_text(self, name: str) -> str:
            return '{"url": "file:///here"}'

    monkeypatch.setattr(packaging, "distribution", lambda name: Local())
    assert "numpy" in package_pipeline(copied_folder, tmp_path / "other").elsewhere


def test_the_line_quotes_what_a_shell_would_part() -> None:
    assert install_line([Path("a b/c.whl"), Path("d.whl")]) == "python -m pip install 'a b/c.whl' ./d.whl"
