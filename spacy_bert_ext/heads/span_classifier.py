"""Docs → what spans of them are scored by, see `spans/span_scores.py`."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, ClassVar, TypeAlias

import numpy as np
import torch
from spacy.tokens import Doc
from thinc.api import Ops, get_current_ops
from thinc.types import Ragged
from torch import Tensor, nn

from ..arrays.transfer import to_device
from ..encoder.output import Encoded
from ..errors import Errors
from ..files.saved_files import SavedFiles
from ..files.weights_file import UnreadableWeights
from ..kernels.dropout import dropout
from ..pieces.tokens import tokens_of_all
from ..spans.candidates import Candidates, suggested
from ..spans.span_scores import N_LENGTHS, SpanScores
from .casing import CasedModule, cases_of, parts_of_cases
from .model import Head, HeadModel, head_module_of, head_of
from .module import INITIAL_SPREAD, grown_linear, new_linear
from .parts import rows_of_parts
from .pooling import pool_every_token

Suggester: TypeAlias = Callable[..., Ragged]  # of spaCy: Docs and `ops` to spans of their tokens
TOKENS_AT_ONCE = 8192  # are made hidden units of, which are wider than vectors
SpanClassifierModel: TypeAlias = HeadModel[SpanScores]

ATTRIBUTES = "attributes"  # in a component's saved settings: the values of each

# Names of the weights of attributes: `attributes.negated_values.weight`. An attribute's bare name could be one that a
# module of torch has.
_LAYERS, _VALUES = "attributes.", "_values"


class SuggesterFailed(ValueError):
    """A suggester raised an error, perhaps for want of what other components annotate."""


class SpanClassifierModule(CasedModule):
    """Linear layers from token vectors to `bounds` and to hidden units, and from these to `output`.

    dropout (float): In [0, 1), on token vectors and on hidden units in training.
    casing (bool): Whether learned vectors of how a token and its neighbours are written are added to its own.
    n_values (Mapping[str, int]): How many values each attribute of spans has, by its name.
    """

    def __init__(
        self, width: int, n_outputs: int, *, hidden: int, dropout: float, casing: bool, n_values: Mapping[str, int]
    ) -> None:
        super().__init__()
        self.dropout = dropout
        self.start_casing(width, casing)
        self.bounds = new_linear(width, 2)
        self.parts = nn.Linear(width, 3 * hidden)
        self.lengths = nn.Parameter(torch.empty(N_LENGTHS, hidden).normal_(std=INITIAL_SPREAD))
        self.output = new_linear(hidden, n_outputs)
        self.attributes = nn.ModuleDict({f"{name}{_VALUES}": new_linear(hidden, n) for name, n in n_values.items()})

    @property
    def width(self) -> int:
        return self.parts.in_features

    @property
    def n_outputs(self) -> int:
        return self.output.out_features

    def forward(self, vectors: Tensor, *, is_train: bool) -> Tensor:
        """Of each token logits of bounds, and what it adds to hidden units: (n_tokens, 2 + 3 * hidden), see `split`."""
        vectors = dropout(vectors, self.dropout, training=is_train)
        return torch.cat([self.bounds(vectors), self.parts(vectors)], dim=1)

    def split(self, of_tokens: Tensor) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Logits of bounds (n_tokens, 2), and what tokens add as first, last and any of a span: (n_tokens, hidden)."""
        hidden = self.output.in_features
        bounds, first, last, inside = of_tokens.split([2, hidden, hidden, hidden], dim=1)
        return bounds, first, last, inside

    def grow(self, names: Sequence[str], *, exclusive: bool) -> None:
        self.output = grown_linear(self.output, len(names), exclusive=exclusive)

    @torch.no_grad()
    def start_from(self, logits: np.ndarray) -> None:
        self.output.bias.copy_(torch.from_numpy(logits))

    @torch.no_grad()
    def start_bounds_from(self, logits: np.ndarray) -> None:
        """Have new weights take tokens for a span's first or last one with these logits: (2,)."""
        self.bounds.bias.copy_(torch.from_numpy(logits))

    @torch.no_grad()
    def start_values_from(self, logits: Sequence[np.ndarray]) -> None:
        """Have new weights give the values of each attribute these logits: (n_values,) each."""
        for layer, of_attribute in zip(self.value_layers(), logits):
            layer.bias.copy_(torch.from_numpy(of_attribute))

    def value_layers(self) -> list[nn.Linear]:
        """Hidden units to the values of each attribute."""
        return [layer for layer in self.attributes.values() if isinstance(layer, nn.Linear)]


@dataclass
class SpanClassifier(Head[SpanClassifierModule, SpanScores]):
    """pooling: "first", "mean" or "max" of a token's pieces.

    hidden: Units between token vectors and outputs.
    dropout, casing: See `SpanClassifierModule`.
    suggester: Names the candidates; None if they are found by the head. Set by the component, with its name.
    n_values: How many values each attribute of spans has. Set by the component when it has found them.
    """

    pooling: str
    hidden: int
    dropout: float
    casing: bool = False
    suggester: Suggester | None = None
    component: str = field(default="")
    n_values: Mapping[str, int] = field(default_factory=dict)

    name: ClassVar[str] = "span_classifier"

    def new_module(self, width: int, n_outputs: int) -> SpanClassifierModule:
        return SpanClassifierModule(
            width,
            n_outputs,
            hidden=self.hidden,
            dropout=self.dropout,
            casing=self.casing,
            n_values=self.n_values,
        )

    def saved_with(self, settings: Mapping[str, Any]) -> "SpanClassifier":
        return replace(self, n_values=sizes_of(settings.get(ATTRIBUTES, {})))

    def read_module(self, files: SavedFiles, weights: dict[str, Tensor]) -> SpanClassifierModule:
        found = {
            name.removeprefix(_LAYERS).removesuffix(f"{_VALUES}.bias"): len(weight)
            for name, weight in weights.items()
            if name.startswith(_LAYERS) and name.endswith(f"{_VALUES}.bias")
        }
        if found != self.n_values:
            raise UnreadableWeights(
                f"they are of {_described(found)}, but the component was saved with {_described(self.n_values)}: "
                "`attributes` must be those it was trained with"
            )
        return super().read_module(files, weights)

    def saved_width(self, weights: dict[str, Tensor]) -> int:
        return weights.get("parts.weight", weights["output.weight"]).shape[1]

    def scores(
        self, module: SpanClassifierModule, docs: Sequence[Doc], encoded: Encoded, *, is_train: bool
    ) -> SpanScores:
        parts = (vectors.split(TOKENS_AT_ONCE) for vectors in self._token_vectors(module, docs, encoded))
        found = (module(vectors, is_train=is_train) for part in parts for vectors in part)
        bounds, first, last, inside = module.split(rows_of_parts(found, len(encoded.pieces.per_token)))
        return SpanScores(
            bounds=bounds,
            first=first,
            last=last,
            inside=inside,
            lengths=module.lengths,
            weight=module.output.weight,
            bias=module.output.bias,
            dropout=module.dropout if is_train else 0.0,
            taggable=encoded.pieces.taggable,
            tokens_per_doc=encoded.pieces.tokens_per_doc,
            tokens=tokens_of_all(docs),
            candidates=None if self.suggester is None else self.suggested(docs),
            attributes=tuple((layer.weight, layer.bias) for layer in module.value_layers()),
        )

    def _token_vectors(self, module: SpanClassifierModule, docs: Sequence[Doc], encoded: Encoded) -> Iterator[Tensor]:
        """Part by part of what is encoded: (n_tokens, width)."""
        parts = (pool_every_token(part, self.pooling) for part in encoded.parts())
        if not self.casing:
            return parts
        cases = to_device(cases_of(docs), encoded.device)
        return (module.with_casing(*part) for part in parts_of_cases(parts, cases))

    def suggested(self, docs: Sequence[Doc]) -> Candidates:
        """RAISES (SuggesterFailed, ValueError): It raised an error; it is None, or names what is no span."""
        if self.suggester is None:
            raise ValueError(Errors.B382.format(name=self.component))
        ops: Ops = get_current_ops()
        try:
            found = self.suggester(docs, ops=ops)
        except Exception as error:  # users write suggesters: there are many kinds
            shown = f"{type(error).__name__}: {error}"
            raise SuggesterFailed(Errors.B389.format(name=self.component, error=shown)) from error
        if not isinstance(found, Ragged):
            raise ValueError(
                Errors.B380.format(name=self.component, found=f"a {type(found).__name__}", n_docs=len(docs))
            )
        spans, per_doc = ops.to_numpy(found.dataXd), ops.to_numpy(found.lengths).tolist()
        tokens_per_doc = np.array([len(doc) for doc in docs], dtype=np.int64)
        return suggested(spans, per_doc, tokens_per_doc, self.component)

    def tensors(self, scores: SpanScores) -> tuple[Tensor, ...]:
        return scores.tensors


def sizes_of(values: Mapping[str, Sequence[object]]) -> dict[str, int]:
    """How many values each attribute has."""
    return {attribute: len(of_attribute) for attribute, of_attribute in values.items()}


def _described(n_values: Mapping[str, int]) -> str:
    shown = ", ".join(f"{name} ({n} values)" for name, n in sorted(n_values.items()))
    return f"the attributes {shown}" if shown else "no attributes"


def span_module_of(model: SpanClassifierModel) -> SpanClassifierModule:
    """The module of a head. RAISES (ValueError): There is none yet, or one that gives no scores of spans."""
    module = head_module_of(model)
    if not isinstance(module, SpanClassifierModule):
        raise ValueError(Errors.B383.format(name=model.name))
    return module


def span_head_of(model: SpanClassifierModel) -> SpanClassifier:
    """The head of a Model. RAISES (ValueError): It gives no scores of spans."""
    head: Head[Any, Any] = head_of(model)
    if not isinstance(head, SpanClassifier):
        raise ValueError(Errors.B383.format(name=model.name))
    return head
