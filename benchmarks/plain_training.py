"""The plain contender's training loop."""

from collections.abc import Sequence
from pathlib import Path

import torch
from plain_model import PlainModel, make_labels, save_plain
from plain_prediction import PlainPredictor
from scoring import Annotation
from spacy.tokens import Doc
from tasks import Task, has_entities
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import AutoModel, AutoTokenizer, get_linear_schedule_with_warmup

MAX_PIECES = 512  # longer Docs are truncated
IGNORED = -100  # cross_entropy's own sign for no label
ENCODER_LEARN_RATE, HEAD_LEARN_RATE, WEIGHT_DECAY, MAX_GRADIENT = 2e-4, 1e-3, 0.01, 1.0


class PlainTrainer:
    """precision (torch.dtype): Of autocast; with fp32 there is none.

    fused (bool): Whether AdamW takes its step in one call, as ours does, or by torch's default.
    """

    def __init__(
        self,
        encoder: Path,
        task: Task,
        *,
        warmup_steps: int,
        total_steps: int,
        device: torch.device,
        precision: torch.dtype,
        fused: bool,
    ) -> None:
        self.device, self.precision = device, precision
        self.tokenizer = AutoTokenizer.from_pretrained(encoder)
        self.labels = make_labels(task.labels, task.categories)
        self.model = PlainModel(AutoModel.from_pretrained(encoder), self.labels).to(device).train()
        self.words = [[token.text for token in doc] for doc in task.train]
        self.tags = [self._tags_of(doc) for doc in task.train]
        self.categories = [self._category_of(doc) for doc in task.train]
        self.optimizer = torch.optim.AdamW(weight_groups(self.model, self.model.encoder), fused=fused or None)
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, warmup_steps, total_steps)

    def _tags_of(self, doc: Doc) -> list[tuple[int, int]]:
        """Tags of each token's first and further pieces. All pieces are tagged: texts come without tokens later."""
        if not has_entities(doc):
            return [(IGNORED, IGNORED)] * len(doc)
        number = {tag: i for i, tag in enumerate(self.labels.tags)}
        tags = []
        for token in doc:
            inside = f"I-{token.ent_type_}" if token.ent_type_ else "O"
            first = f"B-{token.ent_type_}" if token.ent_iob_ == "B" else inside
            tags.append((number[first], number[inside]))
        return tags

    def _category_of(self, doc: Doc) -> int:
        return self.labels.categories.index(max(doc.cats, key=doc.cats.get)) if doc.cats else IGNORED

    def train(self, batch: Sequence[int]) -> dict[str, float]:
        """One step on the Docs with these numbers. RETURNS: Losses by head."""
        encoded = self.tokenizer(
            [self.words[i] for i in batch],
            is_split_into_words=True,
            truncation=True,
            max_length=MAX_PIECES,
            padding=True,
            return_tensors="pt",
        )
        tags = torch.tensor([_align(self.tags[i], encoded.word_ids(row)) for row, i in enumerate(batch)])
        categories = torch.tensor([self.categories[i] for i in batch])
        autocast = torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32)
        with autocast:
            ids, mask = encoded["input_ids"].to(self.device), encoded["attention_mask"].to(self.device)
            tag_scores, category_scores = self.model(ids, mask)
        losses = {
            "token": _loss(tag_scores.flatten(0, 1), tags.flatten()),
            "text": _loss(category_scores, categories),
        }
        sum(losses.values()).backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), MAX_GRADIENT)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return {name: loss.item() for name, loss in losses.items()}

    def save(self, folder: Path) -> None:
        save_plain(folder, self.model, self.tokenizer, self.labels)

    def annotate(self, texts: Sequence[str]) -> list[Annotation]:
        predictor = PlainPredictor(self.model.eval(), self.tokenizer, self.labels, self.device)
        return predictor.annotate(texts)


def weight_groups(model: nn.Module, encoder: nn.Module) -> list[dict]:
    """Encoder and heads, with and without weight decay."""
    of_encoder = set(encoder.parameters())
    groups = []
    for rate, is_encoder in ((ENCODER_LEARN_RATE, True), (HEAD_LEARN_RATE, False)):
        for decay, has_decay in ((WEIGHT_DECAY, True), (0.0, False)):
            weights = [
                weight
                for weight in model.parameters()
                if (weight in of_encoder) == is_encoder and (weight.ndim > 1) == has_decay
            ]
            groups.append({"params": weights, "lr": rate, "weight_decay": decay})
    return groups


def _align(tags: Sequence[tuple[int, int]], words: Sequence[int | None]) -> list[int]:
    """A tag for each piece: (n_pieces,)."""
    before = [None, *words]
    return [IGNORED if word is None else tags[word][int(word == previous)] for previous, word in zip(before, words)]


def _loss(scores: torch.Tensor, targets: torch.Tensor) -> torch.Tensor:
    if (targets == IGNORED).all():
        return scores.sum() * 0.0  # cross_entropy would give a NaN
    return cross_entropy(scores.float(), targets.to(scores.device), ignore_index=IGNORED)
