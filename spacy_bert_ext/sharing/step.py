"""A batch in training, from the encoder's pass until its heads' gradients have gone back."""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from weakref import WeakSet

from spacy.tokens import Doc
from thinc.api import Optimizer
from torch import Tensor

from ..encoder.output import Encoded, EncodedDocs, EncodedLongDoc
from ..encoder.readings import Reading, Texts, docs_of

Backprop = Callable[[Encoded], object]
BeginUpdate = Callable[[Texts], tuple[Encoded, Backprop]]
Form = TypeVar("Form")


class Pass:
    """Docs that the encoder has passed with gradients, once for all heads that learn from them as they are; or what one
    head reads of them."""

    def __init__(self, texts: Texts, encoded: Encoded, backprop: Backprop) -> None:
        self.texts = texts
        self.encoded = encoded
        self._backprop = backprop
        self._of_heads: dict[Hashable, EncodedDocs] = {}
        self._weights: dict[Hashable, float] = {}
        self._forms: dict[Hashable, Any] = {}

    def is_of(self, texts: Texts) -> bool:
        """Whether these are the Docs, with the tokens that they were encoded with; or the same reading of them."""
        if isinstance(texts, Reading) or isinstance(self.texts, Reading):
            return texts is self.texts
        if len(texts) != len(self.texts) or any(a is not b for a, b in zip(texts, self.texts)):
            return False
        return self.encoded.pieces.are_of(texts)

    def vectors_for(self, head: Hashable) -> Encoded:
        """The vectors, with which a head leaves its gradients."""
        if isinstance(self.encoded, EncodedLongDoc) or not self.encoded.takes_gradients:
            return self.encoded
        if head not in self._of_heads:
            self._of_heads[head] = self.encoded.leaves()
        return self._of_heads[head]

    def form_for(self, head: Hashable, make: Callable[[Encoded], Form]) -> Form:
        """The vectors as `make` makes them, once."""
        if head not in self._forms:
            self._forms[head] = make(self.vectors_for(head))
        form: Form = self._forms[head]
        return form

    def weigh(self, head: Hashable, weight: float) -> None:
        self._weights[head] = weight

    def weights(self) -> dict[Hashable, float]:
        """How much each head that has left gradients has learned from. By default the number of Docs."""
        heads = [head for head, vectors in self._of_heads.items() if vectors.has_gradients]
        return {head: self._weights.get(head, float(len(docs_of(self.texts)))) for head in heads}

    def send_back(self, factors: Mapping[Hashable, float]) -> None:
        """Send the heads' gradients, times these factors, through the encoder."""
        for name in ("piece_vectors", "window_vectors"):
            leaf: Tensor = getattr(self.encoded, name)
            for head, factor in factors.items():
                gradient = getattr(self._of_heads[head], name).grad
                if gradient is not None:
                    gradient = gradient if factor == 1 else gradient * factor
                    leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient
        if isinstance(self.texts, Reading):
            for factor in factors.values():  # of the one head that has read it
                self.texts.send_back(factor)
        self._backprop(self.encoded)  # which reads what stands in the leaves


class Step:
    """A batch between `update` and the moment its gradients have gone through the encoder.

    Every head leaves its gradients with vectors of its own, so that they can be told apart until they go back. Nearly
    always all heads share one pass, which the first of them has made. A head has another one made if it reads
    something else of the Docs, if tokens were merged or split since, if it learns from a part of the Docs, or if it
    comes after the step has been taken with what had come by then.

    sgd: The optimizer that is owed a step, if `finish_update` came before the heads, as in `nlp.update(sgd=...)`.
    waiting: Ids of the listeners that have not done their part yet.
    is_taken: Whether a step has been taken already, with what had come by then.
    was_asked: Whether a head has come for vectors.
    """

    def __init__(self, docs: list[Doc], begin_update: BeginUpdate, listeners: Iterable[int]) -> None:
        self.passes: list[Pass] = []
        self.waiting = set(listeners)
        self.sgd: Optimizer | None = None
        self.is_taken = False
        self.was_asked = False
        self._has_finished = False
        self._begin_update = begin_update
        self._docs: WeakSet[Doc] = WeakSet(docs)
        self._pass_of: dict[Hashable, Pass] = {}  # the last one of each head

    def __reduce__(self) -> tuple[type, tuple[()]]:
        return (type(None), ())  # a copy of the component is not in the middle of a step

    def has_all(self, docs: Sequence[Doc]) -> bool:
        return all(doc in self._docs for doc in docs)

    def vectors_for(self, texts: Texts, head: Hashable) -> Encoded:
        """Vectors of Docs of this step, or of a reading of them, with which a head leaves its gradients."""
        return self._pass_for(texts, head).vectors_for(head)

    def form_for(self, docs: Sequence[Doc], head: Hashable, make: Callable[[Encoded], Form]) -> Form:
        """The same in another form, made once for all listeners that share what they leave as this head."""
        return self._pass_for(docs, head).form_for(head, make)

    def _pass_for(self, texts: Texts, head: Hashable) -> Pass:
        self.was_asked = True
        found = next((one for one in self.passes if one.is_of(texts)), None)
        if found is None:
            texts = texts if isinstance(texts, Reading) else list(texts)
            found = Pass(texts, *self._begin_update(texts))
            self.passes.append(found)
        self._pass_of[head] = found
        return found

    def weigh(self, head: Hashable, weight: float) -> None:
        """Note how much a head has learned from with its last vectors, of which its loss is the mean: above 0."""
        if head in self._pass_of:
            self._pass_of[head].weigh(head, weight)

    def finish(self, listeners: Iterable[int]) -> None:
        """Note that these have done their part."""
        self.waiting.difference_update(listeners)
        self._has_finished = True

    @property
    def has_gradients(self) -> bool:
        return any(one.weights() for one in self.passes)

    @property
    def is_begun(self) -> bool:
        """Whether a head has done something since the step was last taken."""
        return self.has_gradients or self._has_finished

    def weights(self) -> dict[Hashable, float]:
        """How much each head that has left gradients has learned from, in all passes."""
        total: dict[Hashable, float] = {}
        for one in self.passes:
            for head, weight in one.weights().items():
                total[head] = total.get(head, 0.0) + weight
        return total

    def send_back(self, factors: Mapping[Hashable, float]) -> None:
        """Send the heads' gradients, times these factors, through the encoder.

        Gradients of a head that learned from parts of the Docs are those of means: together they make one mean.
        """
        total = self.weights()
        for one in self.passes:
            shares = {head: factors[head] * weight / total[head] for head, weight in one.weights().items()}
            if shares:
                one.send_back(shares)

    def take(self) -> None:
        """Let go of what has been sent back. Heads that still come begin anew."""
        self.passes = []
        self._pass_of = {}
        self._has_finished = False
        self.is_taken = True
