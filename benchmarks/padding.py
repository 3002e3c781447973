"""How much padding each way of batching windows has, on the same windows."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from plain_model import WINDOW_PIECES
from plain_prediction import batches_by_length

from spacy_bert_ext.encoder.plan import CALL_PIECES, MOST_PIECES
from spacy_bert_ext.pieces.packing import pack, padded_length

UNSORTED_WINDOWS = 32  # a usual batch size


def padding_shares(windows: Sequence[Sequence[int]], max_batch_pieces: int, device: torch.device) -> dict[str, float]:
    """Padded pieces for each real one, by way of batching; 1 is no padding.

    windows (Sequence[Sequence[int]]): Piece ids of each window, in the order of the texts.
    max_batch_pieces (int): Setting of our encoder.
    """
    lengths = np.array([len(window) for window in windows], dtype=np.int64)
    on_cpu = device.type == "cpu"
    most = min(max_batch_pieces, MOST_PIECES.get(device.type, max_batch_pieces))
    batches = pack(lengths, most, call_pieces=CALL_PIECES[device.type], same_in_any_company=on_cpu)
    ours = sum(len(batch) * padded_length(int(lengths[batch].max()), WINDOW_PIECES) for batch in batches)
    by_length = sum(len(batch) * lengths[batch].max() for batch in batches_by_length(lengths, device))
    unsorted = sum(len(batch) * lengths[batch].max() for batch in _in_order(len(lengths)))
    n_pieces = lengths.sum()
    return {
        "ours": float(ours / n_pieces),
        "sorted by length (plain, bare)": float(by_length / n_pieces),
        f"unsorted batches of {UNSORTED_WINDOWS}": float(unsorted / n_pieces),
    }


def _in_order(n_windows: int) -> Iterator[np.ndarray]:
    for start in range(0, n_windows, UNSORTED_WINDOWS):
        yield np.arange(start, min(start + UNSORTED_WINDOWS, n_windows))
