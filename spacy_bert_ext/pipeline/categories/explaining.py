"""What of category scores is explained."""

from typing import Protocol

import numpy as np

from ...explanation.explained import Explained, place_of
from .kinds import CategoryKind


class Categorizer(Protocol):
    """The component."""

    name: str
    kind: CategoryKind

    @property
    def labels(self) -> tuple[str, ...]: ...


def explained_category(
    categorizer: Categorizer, label: str | None, probabilities: np.ndarray, *, temperature: float
) -> Explained:
    """The log odds of a label, as calibrated.

    label (str): None for the most probable one.
    probabilities (ndarray): Of the Doc: (n_labels,).
    RAISES (ValueError): An unknown label.
    """
    labels, kind = categorizer.labels, categorizer.kind
    place = int(probabilities.argmax()) if label is None else place_of(label, labels, categorizer.name)
    return Explained(
        labels[place],
        f"log odds of {labels[place]}",
        lambda logits: kind.log_odds(logits / temperature, place),
        probability=float(probabilities[place]),
    )
