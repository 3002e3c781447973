"""What the tests of inputs, outputs and engines share."""

from pathlib import Path

import pytest

from tests.scale.ruled import save_ruled


@pytest.fixture(scope="session")
def ruled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a pipeline that finds "Ada"."""
    return save_ruled(tmp_path_factory.mktemp("ruled") / "pipeline")


@pytest.fixture
def texts(tmp_path: Path) -> Path:
    """A file of seven texts."""
    path = tmp_path / "texts.txt"
    path.write_text("".join(f"Ada {i}\n" for i in range(7)), encoding="utf8")
    return path
