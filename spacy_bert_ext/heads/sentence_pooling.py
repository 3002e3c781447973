"""Piece vectors → sentence vectors, over windows of any sizes."""

import numpy as np
import torch
from torch import Tensor

from ..arrays.transfer import to_device
from ..encoder.output import Encoded
from ..pieces.sentences import Sentences


def pool_sentences(encoded: Encoded, sentences: Sentences) -> Tensor:
    """The mean of the pieces of each sentence, in fp32, zeros without any: (n_sentences, width).

    sentences (Sentences): Of the Docs that are encoded.
    """
    of_tokens, n_sentences, n_done = sentences.of_tokens(), len(sentences.first), 0
    counts = np.zeros(n_sentences)
    sums = torch.zeros((n_sentences, encoded.width), device=encoded.device)
    for part in encoded.parts():
        per_token = part.pieces.per_token
        rows = np.repeat(of_tokens[n_done : n_done + len(per_token)], per_token)
        n_done += len(per_token)
        kept = np.flatnonzero(rows >= 0)
        vectors = part.piece_vectors.index_select(0, to_device(kept, part.device)).float()
        sums = sums.index_add(0, to_device(rows[kept], part.device), vectors)
        counts += np.bincount(rows[kept], minlength=n_sentences)
    return sums / to_device(np.maximum(counts, 1).astype(np.float32), sums.device)[:, None]
