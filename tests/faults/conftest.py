"""The trained pipeline of tests/pipeline."""

from tests.pipeline.conftest import trained, trained_folder  # noqa: F401
