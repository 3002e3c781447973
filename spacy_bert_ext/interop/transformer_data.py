"""Vectors of the encoder in the form of spacy-transformers' `TransformerData`, and gradients in that form back.

spacy-transformers is there whenever one of its listeners is; it is not imported before.
"""

from collections.abc import Sequence
from functools import cached_property
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from spacy.tokens import Doc
from thinc.api import Ops
from thinc.types import Ragged
from thinc.util import torch2xp, xp2torch
from torch import Tensor

from ..arrays.ragged import rows_of, starts_of
from ..arrays.transfer import to_device
from ..encoder.output import Encoded, EncodedDocs
from ..encoder.shim import EncoderShim
from ..huggingface.types import ModelOutput
from ..types import Ints1d
from .trf_data import TransformerData


class TransformerBatch:
    """The vectors of some Docs in the form of spacy-transformers' batches, one span per window.

    A span begins with what stands for the window, the vector of [CLS] by default. The vectors of the pieces that the
    window owns follow; so no piece is there twice, and a token has pieces in two spans if windows share it.
    """

    def __init__(self, docs: Sequence[Doc], encoded: Encoded, shim: EncoderShim, ops: Ops) -> None:
        self.docs, self.shim, self.ops = docs, shim, ops
        self.encoded = encoded = encoded if isinstance(encoded, EncodedDocs) else _at_once(encoded)
        spans_per_doc, pieces_per_span = encoded.windows_per_doc, encoded.pieces_per_window
        starts = starts_of(spans_per_doc)
        span_length = 1 + np.maximum.reduceat(pieces_per_span, starts) if len(starts) else starts  # (n_docs,)
        span_in_doc = np.arange(len(pieces_per_span)) - np.repeat(starts, spans_per_doc)
        self.lengths = pieces_per_span + 1
        self.shapes = list(zip(spans_per_doc.tolist(), span_length.tolist()))
        self.rows_per_doc: Ints1d = spans_per_doc * span_length
        of_spans = span_in_doc * np.repeat(span_length, spans_per_doc)
        in_span = np.arange(len(encoded.pieces.ids)) - np.repeat(starts_of(pieces_per_span), pieces_per_span)
        # Rows count from the Doc's first one, as in spacy-transformers.
        self.piece_rows: Ints1d = np.repeat(of_spans, pieces_per_span) + 1 + in_span
        first_rows = starts_of(self.rows_per_doc)
        self.all_span_rows: Ints1d = of_spans + np.repeat(first_rows, spans_per_doc)
        self.all_piece_rows: Ints1d = self.piece_rows + first_rows[rows_of(encoded.pieces.per_doc)]

    @cached_property
    def doc_data(self) -> list[TransformerData]:
        """One for each Doc."""
        from spacy_transformers.data_classes import TransformerData, WordpieceBatch

        encoded = self.encoded
        hidden = torch.zeros((int(self.rows_per_doc.sum()), encoded.width), device=encoded.device)
        hidden[self._index(self.all_piece_rows)] = encoded.piece_vectors.detach().float()
        hidden[self._index(self.all_span_rows)] = encoded.window_vectors.detach().float()
        special = self.shim.loaded.special
        ids = np.full(len(hidden), special.pad, dtype=np.int64)
        ids[self.all_span_rows] = (special.before or [special.pad])[0]
        ids[self.all_piece_rows] = encoded.pieces.ids
        strings: Any = self.shim.loaded.checkpoint.tokenizer.convert_ids_to_tokens(ids.tolist())
        arrays: Any = torch2xp(hidden, ops=self.ops)
        data = []
        bounds = zip(*(_bounds(lengths) for lengths in self._lengths()))
        for doc, (n_spans, length), (rows, spans, tokens, pieces) in zip(self.docs, self.shapes, bounds):
            if not len(doc):
                data.append(TransformerData.empty())
                continue
            lengths = self.lengths[spans]
            data.append(
                TransformerData(
                    wordpieces=WordpieceBatch(
                        strings=[strings[rows][i * length : (i + 1) * length] for i in range(n_spans)],
                        input_ids=ids[rows].reshape(n_spans, length),
                        attention_mask=(np.arange(length) < lengths[:, None]).astype(np.float32),
                        lengths=lengths.tolist(),
                        token_type_ids=None,
                    ),
                    model_output=ModelOutput(last_hidden_state=arrays[rows].reshape(n_spans, length, -1)),
                    align=Ragged(
                        self.piece_rows[pieces].astype(np.int32), encoded.pieces.per_token[tokens].astype(np.int32)
                    ),
                )
            )
        return data

    def add_gradients(self, data: Sequence[TransformerData]) -> None:
        """Add what a listener gives back to the gradients of the vectors.

        data (List[TransformerData]): Gradients in the place of vectors, for every Doc that has tokens.
        """
        encoded = self.encoded
        if not encoded.piece_vectors.requires_grad:
            return
        given = iter(data)
        zeros = encoded.piece_vectors.new_zeros((0, encoded.width))
        gradients = [
            xp2torch(next(given).model_output.last_hidden_state, device=encoded.device).reshape(-1, encoded.width)
            if len(doc)
            else zeros.new_zeros((n_rows, encoded.width))
            for doc, n_rows in zip(self.docs, self.rows_per_doc.tolist())
        ]
        gradient = torch.cat([zeros, *gradients])
        # As in `tok2vec`: spaCy's heads sum their losses over tokens, ours take means.
        gradient = gradient / max(int(encoded.pieces.tokens_per_doc.sum()), 1)
        _add(encoded.piece_vectors, gradient[self._index(self.all_piece_rows)])
        _add(encoded.window_vectors, gradient[self._index(self.all_span_rows)])

    def _lengths(self) -> list[Ints1d]:
        pieces = self.encoded.pieces
        return [self.rows_per_doc, self.encoded.windows_per_doc, pieces.tokens_per_doc, pieces.per_doc]

    def _index(self, rows: Ints1d) -> Tensor:
        return to_device(rows, self.encoded.device)


def _bounds(lengths: Ints1d) -> list[slice]:
    return [slice(start, end) for start, end in pairwise([0, *np.cumsum(lengths).tolist()])]


def _at_once(encoded: Encoded) -> EncodedDocs:
    """A Doc in parts as one."""
    parts = list(encoded.parts())
    return EncodedDocs(
        torch.cat([part.piece_vectors for part in parts]),
        torch.cat([part.window_vectors for part in parts]),
        pieces=encoded.pieces,
        windows_per_doc=np.array([sum(int(part.windows_per_doc.sum()) for part in parts)]),
        pieces_per_window=np.concatenate([part.pieces_per_window for part in parts]),
    )


def _add(leaf: Tensor, gradient: Tensor) -> None:
    leaf.grad = gradient if leaf.grad is None else leaf.grad + gradient
