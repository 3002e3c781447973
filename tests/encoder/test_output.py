from itertools import pairwise

import numpy as np
import pytest
import torch

from spacy_bert_ext.encoder.output import EncodedDocs, concatenate
from spacy_bert_ext.encoder.plan import plan_pairs
from spacy_bert_ext.encoder.predict import predict
from spacy_bert_ext.pieces.pieces import Pieces
from tests.tiny import make_docs, make_encoder


@pytest.fixture
def encoded() -> EncodedDocs:
    """Three Docs: tokens of 2 and 1 pieces in two windows; nothing; one token of 2 pieces, another of none."""
    pieces = Pieces(
        ids=np.array([10, 11, 12, 20, 21]),
        per_token=np.array([2, 1, 2, 0]),
        per_doc=np.array([3, 0, 2]),
        tokens_per_doc=np.array([2, 0, 2]),
        taggable=np.array([True, True, True, False]),
        tokens=np.array([[7, 1], [8, 0], [7, 1], [9, 0]], dtype=np.uint64),
    )
    return EncodedDocs(
        torch.arange(10.0).reshape(5, 2),
        torch.arange(8.0).reshape(4, 2),
        pieces,
        windows_per_doc=np.array([2, 1, 1]),
        pieces_per_window=np.array([2, 1, 0, 2]),
    )


def as_lists(encoded: EncodedDocs) -> list:
    return [
        encoded.piece_vectors.tolist(),
        encoded.window_vectors.tolist(),
        *(array.tolist() for array in encoded.pieces),
        encoded.windows_per_doc.tolist(),
        encoded.pieces_per_window.tolist(),
    ]


def test_a_selection_has_the_rows_of_its_docs(encoded):
    assert as_lists(encoded.select(1, 3)) == [
        [[6, 7], [8, 9]],
        [[4, 5], [6, 7]],
        [20, 21],
        [2, 0],
        [0, 2],
        [0, 2],
        [True, False],
        [[7, 1], [9, 0]],
        [1, 1],
        [0, 2],
    ]
    assert as_lists(encoded.select(1, 2)) == [[], [[4, 5]], [], [], [0], [0], [], [], [1], [0]]


def test_a_selection_of_all_is_the_same_object_and_others_are_views(encoded):
    assert encoded.select(0, 3) is encoded
    part = encoded.select(2, 3)
    encoded.piece_vectors[3] = -1
    assert part.piece_vectors[0].tolist() == [-1, -1]
    assert (part.n_docs, part.width) == (1, 2)


@pytest.mark.parametrize("cuts", [(0, 1, 2, 3), (0, 2, 3), (0, 0, 3), (0, 1, 1, 3)])
def test_parts_put_together_are_the_whole(encoded, cuts):
    parts = [encoded.select(a, b) for a, b in pairwise(cuts)]
    assert as_lists(concatenate(parts)) == as_lists(encoded)


def test_docs_can_change_places(encoded):
    turned = concatenate([encoded.select(2, 3), encoded.select(0, 1)])
    assert turned.pieces.ids.tolist() == [20, 21, 10, 11, 12]
    assert turned.pieces.taggable.tolist() == [True, False, True, True]
    assert turned.windows_per_doc.tolist() == [1, 2]
    assert turned.piece_vectors[:, 0].tolist() == [6, 8, 0, 2, 4]


def test_one_part_is_not_copied(encoded):
    assert concatenate([encoded]) is encoded


def test_encoded_docs_one_by_one_are_the_whole(any_folder, awkward_docs):
    whole = make_encoder(any_folder, window_pieces=32, overlap_pieces=8).predict(awkward_docs)
    parts = [whole.select(i, i + 1) for i in range(len(awkward_docs))]
    assert [part.n_docs for part in parts] == [1] * len(awkward_docs)
    assert as_lists(concatenate(parts)) == as_lists(whole)
    assert whole.pieces_per_window.sum() == len(whole.piece_vectors)


def test_two_texts_are_as_one_doc(bert_folder):
    shim = make_encoder(bert_folder, window_pieces=16).shims[0]
    plan = plan_pairs(shim, make_docs("the of", " ".join(["and in"] * 10), "a", "the"), cut="longer")
    encoded = predict(shim, plan, max_batch_pieces=8192, remember=print)
    paired = encoded.in_pairs()
    assert paired.piece_vectors is encoded.piece_vectors and paired.window_vectors is encoded.window_vectors
    assert paired.n_docs == 2 and paired.pieces.per_doc.tolist() == [22, 2]
    assert paired.pieces.tokens_per_doc.tolist() == [22, 2]
    assert paired.windows_per_doc.tolist() == [2, 1] and paired.pieces_per_window.sum() == 21
