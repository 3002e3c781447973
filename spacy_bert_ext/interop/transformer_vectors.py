"""spacy-transformers' `transformer` → our heads: what its listener gives, as the vectors that an encoder gives."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple, TypeAlias

import numpy as np
import torch
from spacy.attrs import IS_SPACE
from spacy.tokens import Doc
from thinc.api import Model
from thinc.util import torch2xp, xp2torch
from torch import Tensor

from ..arrays.ragged import starts_of
from ..encoder.output import EncodedDocs
from ..encoder.readings import Reading, Texts
from ..errors import Errors
from ..huggingface.types import ModelOutput
from ..pieces.pieces import Pieces
from ..pieces.tokens import tokens_of_all
from ..types import Ints1d
from .trf_data import TransformerData, TransformerListener, get_data, is_of, set_extension

TransformerVectorsModel: TypeAlias = Model[Texts, EncodedDocs]
GiveBack: TypeAlias = Callable[[list[TransformerData]], object]


class TransformerVectors(Model[Texts, EncodedDocs]):
    """The layer. One that was pickled may come to life in a process where `doc._.trf_data` is not defined yet."""

    def __setstate__(self, state: tuple[dict[str, Any] | None, dict[str, Any]]) -> None:
        for attributes in state:
            for name, value in (attributes or {}).items():
                setattr(self, name, value)
        set_extension()


class _Aligned(NamedTuple):
    """Where one Doc's vectors stand among all rows (n_spans * n_pieces) of its output, special pieces included.

    n_rows: 1, a row of zeros, for a Doc without output.
    spans: The first row of each span: (n_spans,).
    pieces: The rows of each token's pieces. A piece of two tokens, or in two spans, is there twice: (n_aligned,).
    ids: Of these pieces: (n_aligned,).
    per_token: (n_tokens,).
    per_span: How many of `pieces` are in each span: (n_spans,).
    """

    n_rows: int
    spans: Ints1d
    pieces: Ints1d
    ids: Ints1d
    per_token: Ints1d
    per_span: Ints1d


def transformer_vectors(upstream: str, grad_factor: float) -> TransformerVectorsModel:
    """RAISES (ImportError): spacy-transformers is not installed, or does not fit the installed transformers."""
    try:
        from spacy_transformers.layers.listener import TransformerListener
    except ImportError as error:
        raise ImportError(Errors.B051.format(reason=error)) from error
    set_extension()
    return TransformerVectors(
        "transformer_vectors",
        forward,
        init=init,
        dims={"nO": None},
        attrs={"grad_factor": grad_factor},
        layers=[TransformerListener(upstream)],
    )


def forward(
    model: TransformerVectorsModel, docs: Texts, is_train: bool
) -> tuple[EncodedDocs, Callable[[object], list[Doc]]]:
    if isinstance(docs, Reading):
        raise ValueError(Errors.B421)
    listener: TransformerListener = model.layers[0]
    outputs: Sequence[TransformerData | None]
    if is_train:
        outputs, give_back = _outputs_in_training(listener, docs)
    else:  # where the listener would make up zeros for Docs that the transformer has not seen
        outputs, give_back = [get_data(doc) for doc in docs], _nothing
    aligned = [_align(doc, output, listener.upstream_name) for doc, output in zip(docs, outputs)]
    rows = _rows(outputs, model.get_dim("nO")).requires_grad_(is_train)

    def backprop(_: object = None) -> list[Doc]:
        """Give back what the head has left in the rows' `.grad`, in the shapes of the outputs."""
        left = torch.zeros_like(rows) if rows.grad is None else rows.grad
        gradients = (left * model.attrs["grad_factor"]).split([of_doc.n_rows for of_doc in aligned])
        of_docs = [(output, _hidden(output), gradient) for output, gradient in zip(outputs, gradients)]
        give_back(
            [
                _with_hidden(output, torch2xp(gradient.reshape(hidden.shape), ops=model.ops))
                for output, hidden, gradient in of_docs
                if hidden is not None
            ]
        )
        return []

    return _encoded(docs, rows, aligned), backprop


def _nothing(_: object = None) -> None:
    """Outside of training nothing goes back."""


def _outputs_in_training(listener: TransformerListener, docs: Sequence[Doc]) -> tuple[list[TransformerData], GiveBack]:
    try:
        outputs, give_back = listener(docs, True)
        return outputs, give_back
    except ValueError as error:
        if "Mismatched IDs" not in str(error):
            raise
        raise ValueError(Errors.B110.format(upstream=listener.upstream_name)) from error


def init(model: TransformerVectorsModel, X: object = None, Y: object = None) -> None:
    listener: TransformerListener = model.layers[0]
    if not listener.has_dim("nO"):
        raise ValueError(Errors.B052.format(upstream=listener.upstream_name))
    model.set_dim("nO", listener.get_dim("nO"), force=True)


def _align(doc: Doc, output: TransformerData | None, upstream: str) -> _Aligned:
    if output is None:
        raise ValueError(Errors.B053.format(upstream=upstream))
    if not is_of(output, doc):
        raise ValueError(Errors.B035.format(upstream=upstream, text=doc.text[:50]))
    hidden = _hidden(output)
    if hidden is None:  # a Doc without tokens, or none of whose tokens is in a span
        none = np.zeros(0, np.int64)
        one, per_token = np.zeros(1, np.int64), np.zeros(len(doc), np.int64)
        return _Aligned(n_rows=1, spans=one, pieces=none, ids=none, per_token=per_token, per_span=one)
    n_spans, n_pieces = hidden.shape[:2]
    pieces, per_token = output.align.dataXd.astype(np.int64), output.align.lengths.astype(np.int64)
    return _Aligned(
        n_rows=n_spans * n_pieces,
        spans=np.arange(n_spans) * n_pieces,
        pieces=pieces,
        ids=output.wordpieces.input_ids.reshape(-1)[pieces].astype(np.int64),
        per_token=per_token,
        per_span=np.bincount(pieces // n_pieces, minlength=n_spans),
    )


def _rows(outputs: Sequence[TransformerData], width: int) -> Tensor:
    """All vectors of all Docs, one after the other, in memory of its own: (n_rows, width)."""
    hidden = [_hidden(output) for output in outputs]
    given = [xp2torch(array.reshape(-1, width)) for array in hidden if array is not None]
    zeros = given[0].new_zeros((1, width)) if given else torch.zeros((1, width))
    given_in_order = iter(given)
    return torch.cat([zeros if array is None else next(given_in_order) for array in hidden] or [zeros[:0]])


def _encoded(docs: Sequence[Doc], rows: Tensor, aligned: Sequence[_Aligned]) -> EncodedDocs:
    starts = starts_of(np.array([of_doc.n_rows for of_doc in aligned], dtype=np.int64)).tolist()
    per_token = _concatenated([of_doc.per_token for of_doc in aligned])
    blank = _concatenated([doc.to_array(IS_SPACE) for doc in docs if len(doc)]).astype(np.bool_)
    pieces = Pieces(
        ids=_concatenated([of_doc.ids for of_doc in aligned]),
        per_token=per_token,
        per_doc=np.array([len(of_doc.pieces) for of_doc in aligned], dtype=np.int64),
        tokens_per_doc=np.array([len(doc) for doc in docs], dtype=np.int64),
        taggable=(per_token > 0) & ~blank,
        tokens=tokens_of_all(docs),
    )
    piece_rows = _concatenated([of_doc.pieces + start for of_doc, start in zip(aligned, starts)])
    span_rows = _concatenated([of_doc.spans + start for of_doc, start in zip(aligned, starts)])
    return EncodedDocs(
        rows[torch.from_numpy(piece_rows).to(rows.device)],
        rows[torch.from_numpy(span_rows).to(rows.device)],
        pieces=pieces,
        windows_per_doc=np.array([len(of_doc.spans) for of_doc in aligned], dtype=np.int64),
        pieces_per_window=_concatenated([of_doc.per_span for of_doc in aligned]),
    )


def _concatenated(arrays: Sequence[np.ndarray]) -> np.ndarray:
    return np.concatenate([np.zeros(0, np.int64), *arrays])


def _hidden(output: TransformerData) -> Any | None:
    """The vectors of a Doc's spans as NumPy's or CuPy's array, or None: (n_spans, n_pieces, width)."""
    return output.model_output.get("last_hidden_state")


def _with_hidden(output: TransformerData, hidden: Any) -> TransformerData:
    return replace(output, model_output=ModelOutput(last_hidden_state=hidden))
