"""The plain contender's pre-training: transformers' model and collator, torch's AdamW, a loop as one writes it."""

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import torch
from plain_training import MAX_GRADIENT, WEIGHT_DECAY
from spacy.tokens import Doc
from spacy.util import minibatch
from torch import nn
from torch.nn.functional import cross_entropy
from transformers import (
    AutoModelForMaskedLM,
    AutoTokenizer,
    DataCollatorForLanguageModeling,
    get_linear_schedule_with_warmup,
)

MASK_SHARE = 0.15
EVALUATED_WINDOWS = 8  # at once


class MaskedWindow(NamedTuple):
    """ids: Pieces of the window, without special ones, some of them replaced. places, targets: Which, and by what."""

    ids: list[int]
    places: list[int]
    targets: list[int]


def new_checkpoint(encoder: Path, folder: Path) -> Path:
    """The encoder with a new language-model head, from which all contenders start. RETURNS: The folder."""
    torch.manual_seed(0)
    with warnings.catch_warnings(action="ignore"):
        AutoModelForMaskedLM.from_pretrained(encoder).save_pretrained(folder)
    AutoTokenizer.from_pretrained(encoder).save_pretrained(folder)
    return folder


class PlainPretraining:
    """windows (Sequence[Doc]): Each fits one window. They are cut into pieces here, before any step.

    precision (torch.dtype): Of autocast; with fp32 there is none.
    """

    def __init__(
        self,
        checkpoint: Path,
        windows: Sequence[Doc],
        *,
        learn_rate: float,
        warmup_steps: int,
        total_steps: int,
        precision: torch.dtype,
    ) -> None:
        self.tokenizer = AutoTokenizer.from_pretrained(checkpoint)
        self.model = AutoModelForMaskedLM.from_pretrained(checkpoint).train()
        self.precision = precision
        self.features = [self._feature(doc) for doc in windows]
        self.collate = DataCollatorForLanguageModeling(self.tokenizer, mlm_probability=MASK_SHARE)
        groups = [
            {"params": [one for one in self.model.parameters() if one.ndim > 1], "weight_decay": WEIGHT_DECAY},
            {"params": [one for one in self.model.parameters() if one.ndim == 1], "weight_decay": 0.0},
        ]
        self.optimizer = torch.optim.AdamW(groups, lr=learn_rate, fused=True)
        self.schedule = get_linear_schedule_with_warmup(self.optimizer, warmup_steps, total_steps)

    @property
    def ids(self) -> list[list[int]]:
        """Piece ids of each window, special pieces included."""
        return [feature["input_ids"] for feature in self.features]

    def _feature(self, doc: Doc) -> dict[str, list[int]]:
        words = [token.text for token in doc]
        made = self.tokenizer(words, is_split_into_words=True, return_special_tokens_mask=True)
        return {name: made[name] for name in ("input_ids", "special_tokens_mask")}

    def step(self, batch: Sequence[int]) -> float:
        """One step on the windows with these numbers. RETURNS: The loss, nats a masked piece."""
        inputs = self.collate([self.features[i] for i in batch])
        with torch.autocast("cpu", self.precision, enabled=self.precision != torch.float32):
            loss = self.model(**inputs).loss
        loss.backward()
        nn.utils.clip_grad_norm_(self.model.parameters(), MAX_GRADIENT)
        self.optimizer.step()
        self.schedule.step()
        self.optimizer.zero_grad()
        return loss.item()


def cross_entropy_of(checkpoint: Path, windows: Sequence[MaskedWindow]) -> float:
    """Nats a masked piece, by transformers in fp32."""
    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    model = AutoModelForMaskedLM.from_pretrained(checkpoint).eval()
    total, count = 0.0, 0
    for some in minibatch(windows, EVALUATED_WINDOWS):
        ids = [tokenizer.build_inputs_with_special_tokens(window.ids) for window in some]
        inputs = tokenizer.pad({"input_ids": ids}, return_tensors="pt")
        # The classification piece comes before.
        rows = torch.tensor([i for i, window in enumerate(some) for _ in window.places])
        places = torch.tensor([1 + place for window in some for place in window.places])
        targets = torch.tensor([target for window in some for target in window.targets])
        with torch.no_grad():
            vectors = model.base_model(**inputs).last_hidden_state[rows, places]
            logits = model.cls(vectors)
        total += cross_entropy(logits, targets, reduction="sum").item()
        count += len(targets)
    return total / count
