"""The site builds without a warning: each page is in the navigation, and links lead somewhere."""

import logging
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
mkdocs_config = pytest.importorskip("mkdocs.config", reason="mkdocs is installed with the extra `dev`")
pytest.importorskip("material")


@pytest.mark.skipif(not (ROOT / "mkdocs.yml").exists(), reason="the docs are in a checkout only")
def test_the_site_builds_strictly(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    from mkdocs.commands.build import build

    caplog.set_level(logging.WARNING, logger="mkdocs")
    build(mkdocs_config.load_config(str(ROOT / "mkdocs.yml"), site_dir=str(tmp_path / "site"), strict=False))
    assert [record.getMessage() for record in caplog.records if record.name.startswith("mkdocs")] == []
    assert (tmp_path / "site" / "index.html").exists()
