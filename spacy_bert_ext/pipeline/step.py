"""A batch in training, from the encoder's pass until its heads' gradients have gone back."""

from collections.abc import Callable, Iterable, Sequence

from spacy.tokens import Doc
from thinc.api import Optimizer

from ..encoder.output import Encoded


class Step:
    """A batch between `update` and the moment its gradients have gone through the encoder.

    sgd: The optimizer that is owed a step, if `finish_update` came before the heads, as in `nlp.update(sgd=...)`.
    waiting: Ids of the listeners that have not done their part yet.
    """

    def __init__(self, docs: list[Doc], encoded: Encoded, backprop: Callable, listeners: Iterable[int]) -> None:
        self.docs = docs
        self.encoded = encoded
        self.backprop = backprop
        self.waiting = set(listeners)
        self.sgd: Optimizer | None = None
        self._ids = {id(doc) for doc in docs}

    def __reduce__(self):
        return (type(None), ())  # a copy of the component is not in the middle of a step

    def has_all(self, docs: Sequence[Doc]) -> bool:
        return all(id(doc) in self._ids for doc in docs)

    def is_of(self, docs: Sequence[Doc]) -> bool:
        """Whether these are the step's Docs, with the tokens that they were encoded with."""
        if len(docs) != len(self.docs) or any(a is not b for a, b in zip(docs, self.docs)):
            return False
        return all(self.encoded.n_tokens_of(place) == len(doc) for place, doc in enumerate(docs))

    @property
    def has_gradients(self) -> bool:
        return self.encoded.has_gradients
