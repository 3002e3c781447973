"""Categories that several components set."""

import warnings
from collections.abc import Iterable
from typing import Protocol

from spacy.language import Language

from ...errors import Warnings


class Categorizer(Protocol):
    """The component."""

    name: str

    @property
    def labels(self) -> tuple[str, ...]: ...


def tell_of_shared_labels(categorizer: Categorizer, nlp: Language) -> None:
    """Categories stand in `doc.cats` by their label alone: the last component that sets one wins."""
    components: Iterable[tuple[str, object]] = nlp.pipeline
    for name, pipe in components:
        if pipe is categorizer:
            return
        if "doc.cats" in nlp.get_pipe_meta(name).assigns:
            shared = [label for label in categorizer.labels if label in getattr(pipe, "labels", ())]
            if shared:
                warnings.warn(Warnings.B166.format(name=categorizer.name, other=name, labels=", ".join(shared)))
