"""What is known of a pipeline without loading it."""

from pathlib import Path

import pytest

from spacy_bert_ext.scale.pipelines import filled_columns, fingerprint, pipeline_folder
from tests.coded import raises_code
from tests.scale.ruled import make_ruled


def test_the_columns_that_components_write_to(trained_folder: Path, ruled: Path) -> None:
    assert filled_columns(trained_folder) == ["ents", "spans", "cats"] and filled_columns(ruled) == ["ents"]


def test_a_fingerprint_changes_with_any_file(ruled: Path, tmp_path: Path) -> None:
    nlp = make_ruled()
    nlp.to_disk(tmp_path / "pipeline")
    assert fingerprint(tmp_path / "pipeline") == fingerprint(ruled)
    code = tmp_path / "code.py"
    code.write_text("x = 1")
    with_code = fingerprint(ruled, code)
    assert with_code != fingerprint(ruled)
    code.write_text("x = 2")
    assert fingerprint(ruled, code) != with_code
    nlp.get_pipe("entity_ruler").add_patterns([{"label": "GPE", "pattern": "Rome"}])
    nlp.to_disk(tmp_path / "pipeline")
    assert fingerprint(tmp_path / "pipeline") != fingerprint(ruled)


def test_the_folder_of_a_package(ruled: Path, tmp_path: Path, monkeypatch) -> None:
    assert pipeline_folder(str(ruled)) == ruled
    package = tmp_path / "en_ada"
    package.mkdir()
    make_ruled().to_disk(package / "en_ada-0.0.0")
    (package / "__init__.py").touch()
    (package / "meta.json").write_text('{"lang": "en", "name": "ada", "version": "0.0.0"}', encoding="utf8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr("spacy_bert_ext.scale.pipelines.is_package", lambda name: name == "en_ada")
    assert pipeline_folder("en_ada") == package / "en_ada-0.0.0"


def test_what_is_no_pipeline_is_told(tmp_path: Path) -> None:
    with raises_code("B520", match="nowhere"):
        pipeline_folder("nowhere")
    with pytest.raises(ValueError, match="B066"):
        pipeline_folder(str(tmp_path))
