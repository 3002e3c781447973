"""A yardstick: forwards of the encoder alone, over our windows, which are made and sorted by length beforehand.

It is the same model by transformers, in the batches of the plain contender. So it has no tokenizing, no heads and no
annotating; but it is no lower bound, since its batches differ from ours.
"""

from collections.abc import Sequence
from pathlib import Path

import spacy
import torch
from plain_model import WINDOW_PIECES
from plain_prediction import OVERLAP_PIECES, batches_by_length
from transformers import AutoModel

from spacy_bert_ext.huggingface.loading import load_tokenizer
from spacy_bert_ext.pieces.from_tokens import PieceTokenizer
from spacy_bert_ext.pieces.windows import make_windows

Batches = list[tuple[torch.Tensor, torch.Tensor]]  # ids and mask: (n_windows, n_pieces)


class BareEncoder:
    """folder (Path): Of the trained encoder in Hugging Face format."""

    def __init__(self, folder: Path, device: torch.device, precision: torch.dtype) -> None:
        self.device = device
        self.module = AutoModel.from_pretrained(folder).to(device, precision).eval()

    def run(self, batches: Batches) -> None:
        with torch.no_grad():
            for ids, mask in batches:
                self.module(input_ids=ids, attention_mask=mask)


def window_ids(texts: Sequence[str], folder: Path) -> list[list[int]]:
    """Piece ids of our windows, special pieces included."""
    tokenizer = load_tokenizer(str(folder))
    before, after = [tokenizer.cls_token_id], [tokenizer.sep_token_id]
    nlp = spacy.blank("en")
    docs = [nlp.make_doc(text) for text in texts]
    pieces = PieceTokenizer(tokenizer.backend_tokenizer)(docs)
    windows = make_windows(docs, pieces, capacity=WINDOW_PIECES - len(before) - len(after), overlap=OVERLAP_PIECES)
    return [
        before + pieces.ids[start:end].tolist() + after
        for start, end in zip(windows.start.tolist(), windows.end.tolist(), strict=True)
    ]


def make_batches(ids: list[list[int]], device: torch.device) -> Batches:
    """Sorted by length and padded to the longest of the batch; on the device already."""
    batches = []
    for rows in batches_by_length([len(row) for row in ids], device):
        padded = torch.nn.utils.rnn.pad_sequence([torch.tensor(ids[i]) for i in rows], batch_first=True)
        lengths = torch.tensor([len(ids[i]) for i in rows])
        mask = (torch.arange(padded.shape[1]) < lengths[:, None]).long()
        batches.append((padded.to(device), mask.to(device)))
    return batches
