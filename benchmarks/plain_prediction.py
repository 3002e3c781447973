"""The plain contender's prediction: windows sorted by length, one pass, entities by character offsets."""

from collections.abc import Iterator, Sequence

import numpy as np
import torch
from plain_model import WINDOW_PIECES, Labels, PlainModel
from scoring import Annotation
from torch.nn.utils.rnn import pad_sequence

OVERLAP_PIECES = 32  # as ours
# Padded pieces that are encoded together. What a CPU computes fastest, of 1,024 to 8,192 tried: larger batches pad more
# and leave its caches.
BATCH_PIECES_CPU, BATCH_PIECES_GPU = 1024, 8192


class PlainPredictor:
    def __init__(self, model: PlainModel, tokenizer, labels: Labels, device: torch.device) -> None:
        self.model, self.tokenizer, self.labels, self.device = model, tokenizer, labels, device

    def run(self, texts: Sequence[str]) -> None:
        self.annotate(texts)

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        windows = self.tokenizer(
            list(texts),
            truncation=True,
            max_length=WINDOW_PIECES,
            stride=OVERLAP_PIECES,
            return_overflowing_tokens=True,
            return_offsets_mapping=True,
            return_attention_mask=False,
            return_token_type_ids=False,
        )
        tags, category_scores = self._score(windows["input_ids"])
        text_of = np.array(windows["overflow_to_sample_mapping"])
        sums = np.zeros((len(texts), category_scores.shape[1]), dtype=np.float32)
        np.add.at(sums, text_of, category_scores)
        entities: list[set] = [set() for _ in texts]
        for first, last in _runs(text_of):
            pieces = [piece for w in range(first, last) for piece in self._pieces(windows, tags, w, first, last)]
            entities[text_of[first]] = set(self._entities(pieces))
        return [
            Annotation(found, self.labels.categories[best])
            for found, best in zip(entities, sums.argmax(1), strict=True)
        ]

    def _score(self, ids: list[list[int]]) -> tuple[list[np.ndarray], np.ndarray]:
        """The best tag of every piece of each window, and the categories' probabilities: (n_windows, n_categories)."""
        tags: list[np.ndarray] = [np.zeros(0)] * len(ids)
        probabilities = np.zeros((len(ids), len(self.labels.categories)), dtype=np.float32)
        with torch.no_grad():
            for batch in batches_by_length([len(row) for row in ids], self.device):
                rows = pad_sequence([torch.tensor(ids[w]) for w in batch], batch_first=True)
                lengths = torch.tensor([len(ids[w]) for w in batch])
                mask = (torch.arange(rows.shape[1]) < lengths[:, None]).long()
                tag_scores, category_scores = self.model(rows.to(self.device), mask.to(self.device))
                best = tag_scores.argmax(-1).cpu().numpy()
                probabilities[batch] = category_scores.float().softmax(-1).cpu().numpy()
                for row, w in enumerate(batch):
                    tags[w] = best[row, : len(ids[w])]
        return tags, probabilities

    def _pieces(self, windows, tags, w: int, first: int, last: int) -> Iterator[tuple[int, int, int]]:
        """Start, end and tag of the window's pieces, less half of what it shares with its neighbours."""
        offsets = windows["offset_mapping"][w]
        begin = 1 + (OVERLAP_PIECES // 2 if w > first else 0)
        end = len(offsets) - 1 - (OVERLAP_PIECES - OVERLAP_PIECES // 2 if w < last - 1 else 0)
        for (start_char, end_char), tag in zip(offsets[begin:end], tags[w][begin:end].tolist()):
            yield start_char, end_char, tag

    def _entities(self, pieces: list[tuple[int, int, int]]) -> Iterator[tuple[int, int, str]]:
        current: tuple[int, int, str] | None = None
        for start, end, tag in pieces:
            name = self.labels.tags[tag]
            label = name[2:]
            if current and name.startswith("I-") and label == current[2]:
                current = (current[0], end, label)
                continue
            if current:
                yield current
            current = (start, end, label) if label else None
        if current:
            yield current


def batches_by_length(lengths: Sequence[int], device: torch.device) -> Iterator[list[int]]:
    """Numbers of the windows of each batch, longest first: as many as the budget holds when padded to the longest."""
    max_pieces = BATCH_PIECES_CPU if device.type == "cpu" else BATCH_PIECES_GPU
    order = np.argsort(-np.asarray(lengths), kind="stable").tolist()
    start = 0
    while start < len(order):
        size = max(1, max_pieces // lengths[order[start]])
        yield order[start : start + size]
        start += size


def _runs(numbers: np.ndarray) -> Iterator[tuple[int, int]]:
    """Start and end of each run of equal numbers."""
    changes = np.flatnonzero(np.diff(numbers)) + 1
    yield from zip([0, *changes.tolist()], [*changes.tolist(), len(numbers)])
