"""A batch in training, from the encoder's pass until its heads' gradients have gone back."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence

from spacy.tokens import Doc
from thinc.api import Optimizer
from torch import Tensor

from ..encoder.output import Encoded


class Step:
    """A batch between `update` and the moment its gradients have gone through the encoder.

    Every head leaves its gradients with vectors of its own, so that they can be told apart until they go back.

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
        self._of_heads: dict[Hashable, Encoded] = {}
        self._weights: dict[Hashable, float] = {}

    def __reduce__(self):
        return (type(None), ())  # a copy of the component is not in the middle of a step

    def has_all(self, docs: Sequence[Doc]) -> bool:
        return all(id(doc) in self._ids for doc in docs)

    def is_of(self, docs: Sequence[Doc]) -> bool:
        """Whether these are the step's Docs, with the tokens that they were encoded with."""
        if len(docs) != len(self.docs) or any(a is not b for a, b in zip(docs, self.docs)):
            return False
        return all(self.encoded.n_tokens_of(place) == len(doc) for place, doc in enumerate(docs))

    def vectors_for(self, head: Hashable) -> Encoded:
        """The vectors, with which a head leaves its gradients."""
        if not self.encoded.takes_gradients:
            return self.encoded
        if head not in self._of_heads:
            self._of_heads[head] = self.encoded.leaves()
        return self._of_heads[head]

    def weigh(self, head: Hashable, weight: float) -> None:
        """Note how much a head has learned from, of which its loss is the mean: above 0."""
        self._weights[head] = weight

    @property
    def has_gradients(self) -> bool:
        return any(vectors.has_gradients for vectors in self._of_heads.values())

    def weights(self) -> dict[Hashable, float]:
        """How much each head that has left gradients has learned from. By default the number of Docs."""
        heads = [head for head, vectors in self._of_heads.items() if vectors.has_gradients]
        return {head: self._weights.get(head, float(len(self.docs))) for head in heads}

    def send_back(self, factors: Mapping[Hashable, float]) -> None:
        """Send the heads' gradients, times these factors, through the encoder."""
        for name in ("piece_vectors", "window_vectors"):
            leaf: Tensor = getattr(self.encoded, name)
            for head, factor in factors.items():
                gradient = getattr(self._of_heads[head], name).grad
                if gradient is not None:
                    gradient = gradient if factor == 1 else gradient * factor
                    leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient
        self.backprop(None)
