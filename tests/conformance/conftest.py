"""The trained pipeline of tests/pipeline."""

from tests.pipeline.conftest import shared_trained, trained, trained_folder  # noqa: F401
