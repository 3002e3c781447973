"""What a head has the encoder read: its Docs as they are, or something that is made of them.

Most heads read the Docs' own windows, which are encoded once for all of them. A head that reads something else, such as
a question beside each Doc, gives its model a `Reading`, for which the encoder makes a pass of its own.
"""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

import numpy as np
from spacy.tokens import Doc

from ..pieces.batches import Batches
from ..pieces.pairs import Cut
from ..types import Ints1d
from .plan import plan_docs, plan_pairs
from .shim import EncoderShim


class Reading(ABC):
    """docs: Of the pipeline, of which it is made. In training they are those of the step that it belongs to."""

    docs: Sequence[Doc]

    @abstractmethod
    def plan(self, shim: EncoderShim) -> Batches:
        """What stands in which window. RAISES (ValueError): It fits into none."""

    @abstractmethod
    def repeated(self, n: int) -> "Reading":
        """The same n times, one after the other."""

    @abstractmethod
    def doc_tokens(self) -> Ints1d:
        """Which token of its Doc each token is that is read, in the order of the pieces; -1 for none: (n_tokens,)."""


Texts: TypeAlias = Sequence[Doc] | Reading


@dataclass(frozen=True, eq=False)
class TextPairs(Reading):
    """Windows that hold two texts each, see `plan_pairs`.

    texts: First and second text of each pair in turn: (2 * n_pairs,).
    places: Which token of its Doc each token of each text is, or -1. None if texts that are not Docs themselves have
        none of their tokens.
    cut: Which text goes on in the next window where both are too long for one, see `make_pair_windows`.
    """

    docs: Sequence[Doc]
    texts: Sequence[Doc]
    places: Sequence[Ints1d] | None = None
    cut: Cut = "second"

    def plan(self, shim: EncoderShim) -> Batches:
        return plan_pairs(shim, self.texts, cut=self.cut)

    def repeated(self, n: int) -> "TextPairs":
        places = None if self.places is None else [*self.places] * n
        return replace(self, docs=[*self.docs] * n, texts=[*self.texts] * n, places=places)

    def doc_tokens(self) -> Ints1d:
        docs = set(map(id, self.docs))
        places = self.places or [
            np.arange(len(text)) if id(text) in docs else np.full(len(text), -1) for text in self.texts
        ]
        return np.concatenate([np.zeros(0, np.int64), *places])


def plan_texts(shim: EncoderShim, texts: Texts) -> Batches:
    return texts.plan(shim) if isinstance(texts, Reading) else plan_docs(shim, texts)


def repeated(texts: Texts, n: int) -> Texts:
    return texts.repeated(n) if isinstance(texts, Reading) else [*texts] * n


def doc_tokens_of(texts: Texts) -> Ints1d:
    """See `Reading.doc_tokens`: (n_tokens,)."""
    if isinstance(texts, Reading):
        return texts.doc_tokens()
    return np.concatenate([np.zeros(0, np.int64), *(np.arange(len(doc)) for doc in texts)])


def docs_of(texts: Texts) -> Sequence[Doc]:
    """The Docs of the pipeline."""
    return texts.docs if isinstance(texts, Reading) else texts
