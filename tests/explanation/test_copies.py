import numpy as np
import torch

from spacy_bert_ext.encoder.inputs import Inputs
from tests.explanation.making import make_copies, make_twin, score
from tests.tiny import TEXT

TEXT = " ".join(TEXT.split()[:40])
WINDOWS = {"window_pieces": 16, "overlap_pieces": 4}


def test_slots_hold_the_pieces_of_the_text(bert_folder):
    copies, _ = make_copies(bert_folder, TEXT, **WINDOWS)
    n_seen = 0
    for rows in copies.packed(np.zeros(len(copies.windows), np.int64), copies.windows, 64):
        slots = copies.slots(rows.batch)
        assert rows.batch.ids.reshape(-1)[slots.places].tolist() == copies.batches.pieces.ids[slots.pieces].tolist()
        assert (slots.places // rows.batch.ids.shape[1]).tolist() == slots.rows.tolist()
        n_seen += len(slots.pieces)
    assert n_seen > len(copies.batches.pieces.ids)  # some twice


def test_scores_of_copies(bert_folder):
    """One whose windows were encoded anew, and one that is left as it was."""
    copies, shim = make_copies(bert_folder, TEXT, **WINDOWS)
    twin = make_twin(shim)
    numbers = np.zeros(len(copies.windows), np.int64)
    packed = list(copies.packed(numbers, copies.windows, 64))
    with torch.no_grad():
        ids = [torch.from_numpy(rows.batch.ids) for rows in packed]
        masks = [torch.from_numpy(rows.batch.mask) for rows in packed]
        hidden = [shim.predictor()(Inputs(*one)).last_hidden_state for one in zip(ids, masks)]
        parts = list(zip(packed, hidden))
        found = copies.scores(parts, 2)
    expected = score(copies.encoded).item()
    assert torch.allclose(found, torch.tensor([expected, expected]), atol=1e-4)
    assert twin.embed(ids[0]).shape == (*ids[0].shape, copies.encoded.width)


def test_only_windows_that_are_read(bert_folder):
    copies, _ = make_copies(bert_folder, TEXT, reads=(0, 2), **WINDOWS)
    assert copies.windows.tolist() == [0]
    assert len(make_copies(bert_folder, TEXT, **WINDOWS)[0].windows) > 3


def test_sums_over_the_pieces_of_tokens(bert_folder):
    copies, _ = make_copies(bert_folder, "unbelievably small")
    per_token = copies.batches.pieces.per_token
    assert copies.pieces.per_token(np.ones(per_token.sum())).tolist() == per_token.tolist()
    assert copies.most_copies > 1000
