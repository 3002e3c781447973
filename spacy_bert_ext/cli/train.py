"""`spacy bert train`: `spacy train`, which can be resumed."""

from ..training.resuming.kinds import ORDINARY
from .training import Call, train_by


def train_to(call: Call) -> None:
    """Train a pipeline."""
    train_by(call, ORDINARY.models, "Training pipeline", lambda config: ORDINARY)
