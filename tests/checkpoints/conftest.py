"""A stand-in of the Hugging Face hub, and a pipeline to upload."""

from tests.checkpoints.hub import hub, pipeline  # noqa: F401
