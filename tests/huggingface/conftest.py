import shutil
from pathlib import Path

import pytest


@pytest.fixture
def folder(bert_folder, tmp_path) -> Path:
    """A checkpoint that may be damaged."""
    return shutil.copytree(bert_folder, tmp_path / "damaged")
