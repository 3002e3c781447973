"""Pooling of hand-made vectors.

Doc 0: token 0 of pieces 0, 1, 2; token 1 of no piece; token 2 of piece 3      windows own pieces 0-2 and 3
Doc 1: no piece                                                                its window owns nothing
Doc 2: token 0, blank, of piece 4; token 1 of pieces 5, 6                      its window owns all three
"""

import math

import numpy as np
import pytest
import torch
from torch import Tensor

from spacy_bert_ext.encoder.output import EncodedDocs
from spacy_bert_ext.heads.pooling import (
    DOC_POOLINGS,
    TOKEN_POOLINGS,
    check_pooling,
    pool_docs,
    pool_tokens,
)
from spacy_bert_ext.pieces.pieces import Pieces

PIECE_VECTORS = [[1, 2], [3, -4], [5, -1], [7, 8], [100, 100], [-2, 4], [-6, 0]]
WINDOW_VECTORS = [[4, 8], [8, 16], [3, 5], [-1, 1]]


@pytest.fixture
def encoded() -> EncodedDocs:
    pieces = Pieces(
        ids=np.arange(7),
        per_token=np.array([3, 0, 1, 1, 2]),
        per_doc=np.array([4, 0, 3]),
        tokens_per_doc=np.array([3, 0, 2]),
        taggable=np.array([True, False, True, False, True]),
        tokens=np.zeros((5, 2), np.uint64),
    )
    return EncodedDocs(
        torch.tensor(PIECE_VECTORS, dtype=torch.float32).requires_grad_(),
        torch.tensor(WINDOW_VECTORS, dtype=torch.float32).requires_grad_(),
        pieces,
        windows_per_doc=np.array([2, 1, 1]),
        pieces_per_window=np.array([3, 1, 0, 3]),
    )


@pytest.mark.parametrize(
    "pooling, vectors, gradient",
    [
        ("first", [[1, 2], [7, 8], [-2, 4]], [[1, 1], [0, 0], [0, 0], [1, 1], [0, 0], [1, 1], [0, 0]]),
        (
            "mean",
            [[3, -1], [7, 8], [-4, 2]],
            [[1 / 3, 1 / 3], [1 / 3, 1 / 3], [1 / 3, 1 / 3], [1, 1], [0, 0], [0.5, 0.5], [0.5, 0.5]],
        ),
        ("max", [[5, 2], [7, 8], [-2, 4]], [[0, 1], [0, 0], [1, 0], [1, 1], [0, 0], [1, 1], [0, 0]]),
    ],
)
def test_token_vectors_of_readable_tokens_and_their_gradient(encoded, pooling, vectors, gradient):
    pooled = pool_tokens(encoded, pooling)
    torch.testing.assert_close(pooled, torch.tensor(vectors, dtype=torch.float32))
    pooled.sum().backward()
    torch.testing.assert_close(encoded.piece_vectors.grad, torch.tensor(gradient, dtype=torch.float32))


@pytest.mark.parametrize(
    "pooling, vectors, gradient",
    [
        (
            "mean",
            [[4, 1.25], [0, 0], [92 / 3, 104 / 3]],
            [[0.25, 0.25]] * 4 + [[1 / 3, 1 / 3]] * 3,
        ),
        ("max", [[7, 8], [0, 0], [100, 100]], [[0, 0]] * 3 + [[1, 1]] * 2 + [[0, 0]] * 2),
        # Without scores all pieces weigh the same.
        ("attention", [[4, 1.25], [0, 0], [92 / 3, 104 / 3]], [[0.25, 0.25]] * 4 + [[1 / 3, 1 / 3]] * 3),
    ],
)
def test_document_vectors_and_their_gradient(encoded, pooling, vectors, gradient):
    pooled = pool_docs(encoded, pooling, torch.zeros(2))
    torch.testing.assert_close(pooled, torch.tensor(vectors, dtype=torch.float32))
    pooled.sum().backward()
    torch.testing.assert_close(encoded.piece_vectors.grad, torch.tensor(gradient, dtype=torch.float32))
    assert encoded.window_vectors.grad is None


def test_cls_vectors_weigh_by_the_pieces_their_windows_own(encoded):
    pooled = pool_docs(encoded, "cls")
    # Doc 0: 3/4 of the first and 1/4 of the second; Doc 1: its only window, though it owns nothing.
    torch.testing.assert_close(pooled, torch.tensor([[5.0, 10.0], [3.0, 5.0], [-1.0, 1.0]]))
    pooled.sum().backward()
    torch.testing.assert_close(
        encoded.window_vectors.grad, torch.tensor([[0.75, 0.75], [0.25, 0.25], [1.0, 1.0], [1.0, 1.0]])
    )
    assert encoded.piece_vectors.grad is None


def test_pooler_vectors_are_made_of_each_window_before_they_are_weighed(encoded):
    pooled = pool_docs(encoded, "pooler", pooler=torch.square)
    # Doc 0: 3/4 of the first and 1/4 of the second.
    first, second = encoded.window_vectors.detach()[:2].square()
    torch.testing.assert_close(pooled[0], 0.75 * first + 0.25 * second)
    torch.testing.assert_close(pooled[1:], encoded.window_vectors.detach()[2:].square())
    assert not torch.allclose(pooled, pool_docs(encoded, "cls").square())


def test_attention_weighs_pieces_by_their_product_with_the_query(encoded):
    # Scores of Doc 0's pieces: log 1, log 2, log 3 and log 4 after division by the root of the width.
    root = math.sqrt(2)
    vectors = torch.tensor([[math.log(i) * root, float(i)] for i in (1, 2, 3, 4)] + PIECE_VECTORS[4:])
    query = torch.tensor([1.0, 0.0])
    with_scores = EncodedDocs(
        vectors, encoded.window_vectors, encoded.pieces, encoded.windows_per_doc, encoded.pieces_per_window
    )
    pooled = pool_docs(with_scores, "attention", query)
    assert pooled[0, 1].item() == pytest.approx((1 + 4 + 9 + 16) / 10, abs=1e-6)
    assert pooled[1].tolist() == [0, 0]
    assert pooled[2].tolist() == pytest.approx([100, 100], abs=1e-4)  # its score is far above the others'


def test_attention_learns_its_query_and_survives_high_scores(encoded):
    query = torch.tensor([1e4, -1e4]).requires_grad_()
    pooled = pool_docs(encoded, "attention", query)
    assert pooled.isfinite().all()
    assert pooled[0].tolist() == [3, -4]  # all the weight is on the piece with the highest product
    query = torch.tensor([0.1, 0.2], dtype=torch.float64).requires_grad_()
    pieces = torch.tensor(PIECE_VECTORS, dtype=torch.float32).requires_grad_()

    def attend(query: Tensor) -> Tensor:
        with_pieces = EncodedDocs(
            pieces, encoded.window_vectors, encoded.pieces, encoded.windows_per_doc, encoded.pieces_per_window
        )
        return pool_docs(with_pieces, "attention", query.float())

    attend(query)[2, 0].backward()
    step = 1e-2
    for i in range(2):
        shift = torch.zeros(2, dtype=torch.float64)
        shift[i] = step
        slope = (attend(query + shift)[2, 0] - attend(query - shift)[2, 0]).item() / (2 * step)
        assert query.grad[i].item() == pytest.approx(slope, rel=1e-2, abs=1e-3)


@pytest.mark.parametrize("pooling", TOKEN_POOLINGS)
def test_token_vectors_are_fp32_whatever_the_encoder_gives(encoded, pooling):
    halved = EncodedDocs(
        encoded.piece_vectors.detach().bfloat16(),
        encoded.window_vectors.detach().bfloat16(),
        encoded.pieces,
        encoded.windows_per_doc,
        encoded.pieces_per_window,
    )
    assert pool_tokens(halved, pooling).dtype == torch.float32
    for of_docs in DOC_POOLINGS:
        assert pool_docs(halved, of_docs, torch.ones(2), torch.tanh).dtype == torch.float32


@pytest.mark.parametrize("pooling", TOKEN_POOLINGS)
def test_no_readable_tokens_give_no_vectors(encoded, pooling):
    assert pool_tokens(encoded.select(1, 2), pooling).shape == (0, 2)


@pytest.mark.parametrize("pooling", ["mean", "max", "attention"])
def test_docs_without_pieces_give_zeros(encoded, pooling):
    assert pool_docs(encoded.select(1, 2), pooling, torch.ones(2)).tolist() == [[0, 0]]


def test_unknown_poolings_are_refused():
    with pytest.raises(ValueError, match=r"B010.*'last'.*`pooling`.*first, mean, max"):
        check_pooling("last", TOKEN_POOLINGS)
    check_pooling("attention", DOC_POOLINGS)


@pytest.mark.parametrize("pooling", ["attention", "pooler"])
def test_pooling_without_its_weights_is_refused(encoded, pooling):
    with pytest.raises(ValueError, match=rf"\[B331\].*'{pooling}'"):
        pool_docs(encoded, pooling)
