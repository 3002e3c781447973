"""Lengths of windows that a checkpoint or another setting does not allow."""

import pytest

from tests.tiny import make_docs, make_encoder


def test_context_must_fit_into_a_window(any_folder):
    for found in (-1, 127):
        with pytest.raises(ValueError, match="B012.*context_pieces"):
            make_encoder(any_folder, context_pieces=found)


def test_a_window_longer_than_the_checkpoint_takes_is_refused(any_folder):
    with pytest.raises(ValueError, match=r"B003.*A window of 129 pieces.*\(128 pieces"):
        make_encoder(any_folder, window_pieces=129)
    make_encoder(any_folder, window_pieces=128)


def test_the_longest_window_can_be_encoded(any_folder):
    model = make_encoder(any_folder, window_pieces=128)
    encoded = model.predict(make_docs("the " * 300 + "the"))
    assert encoded.pieces_per_window.max() == 126
    assert encoded.piece_vectors.isfinite().all()


@pytest.mark.parametrize("window, overlap, limit", [(24, 12, 11), (24, -1, 11), (5, 2, 1)])
def test_an_overlap_of_more_than_half_a_window_is_refused(bert_folder, window, overlap, limit):
    with pytest.raises(ValueError, match=rf"B006.*`overlap_pieces = {overlap}`.*from 0 to {limit}\."):
        make_encoder(bert_folder, window_pieces=window, overlap_pieces=overlap)
    make_encoder(bert_folder, window_pieces=window, overlap_pieces=limit)


@pytest.mark.parametrize("window", [-1, 0, 3])
def test_a_window_without_room_for_text_is_refused(bert_folder, window):
    with pytest.raises(ValueError, match=r"B012.*`window_pieces = -?\d.*4 or more"):
        make_encoder(bert_folder, window_pieces=window)
    encoded = make_encoder(bert_folder, window_pieces=4).predict(make_docs("the of the"))
    assert encoded.pieces_per_window.tolist() == [2, 1]
