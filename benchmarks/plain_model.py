"""The contender that is no library: PyTorch and transformers, an encoder with two linear heads."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import srsly
import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    PreTrainedModel,
)

WEIGHTS_FILE = "model.safetensors"
LABELS_FILE = "labels.json"
TOKEN_FOLDER = "token-classification"
TEXT_FOLDER = "text-classification"
# Pieces that `pipeline()` reads at once: a window, of which a text has several; and what is left of a text when cut.
# It takes them from the tokenizer's files.
WINDOW_PIECES, CUT_PIECES = 256, 512


class Labels(NamedTuple):
    """tags: "O" and, for each label, its B- and I- tag. categories: In the order of the head's outputs."""

    tags: list[str]
    categories: list[str]


def make_labels(labels: Sequence[str], categories: Sequence[str]) -> Labels:
    return Labels(["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")], list(categories))


class PlainModel(nn.Module):
    """Tag scores of every piece and category scores of every window, by the layers that transformers' own classes have.

    So it can be saved as `AutoModelForTokenClassification` and `AutoModelForSequenceClassification` without a change.
    """

    def __init__(self, encoder: PreTrainedModel, labels: Labels, dropout: float = 0.1) -> None:
        super().__init__()
        width = encoder.config.hidden_size
        self.encoder = encoder
        self.dropout = nn.Dropout(dropout)
        self.token_head = nn.Linear(width, len(labels.tags))
        self.text_head = nn.Linear(width, len(labels.categories))

    def forward(self, input_ids: Tensor, attention_mask: Tensor) -> tuple[Tensor, Tensor]:
        """RETURNS: Scores: (n_windows, n_pieces, n_tags) and (n_windows, n_categories)."""
        output = self.encoder(input_ids=input_ids, attention_mask=attention_mask)
        tag_scores = self.token_head(self.dropout(output.last_hidden_state))
        return tag_scores, self.text_head(self.dropout(output.pooler_output))


def save_plain(folder: Path, model: PlainModel, tokenizer, labels: Labels) -> None:
    """The model itself, and both heads in the form that `transformers.pipeline()` loads."""
    folder.mkdir(parents=True, exist_ok=True)
    tokenizer.save_pretrained(folder)
    model.encoder.config.save_pretrained(folder)
    srsly.write_json(folder / LABELS_FILE, labels._asdict())
    save_file({name: weight.contiguous() for name, weight in model.state_dict().items()}, folder / WEIGHTS_FILE)
    heads = (
        (TOKEN_FOLDER, AutoModelForTokenClassification, model.token_head, labels.tags, WINDOW_PIECES),
        (TEXT_FOLDER, AutoModelForSequenceClassification, model.text_head, labels.categories, CUT_PIECES),
    )
    for name, kind, head, outputs, max_pieces in heads:
        config = AutoConfig.from_pretrained(
            folder, id2label=dict(enumerate(outputs)), label2id={output: i for i, output in enumerate(outputs)}
        )
        exported = kind.from_config(config)
        # One of the two has no pooler.
        exported.base_model.load_state_dict(model.encoder.state_dict(), strict=False)
        exported.classifier.load_state_dict(head.state_dict())
        exported.save_pretrained(folder / name)
        tokenizer.model_max_length = max_pieces
        tokenizer.save_pretrained(folder / name)


def load_plain(folder: Path, device: torch.device, precision: torch.dtype):
    """RETURNS: The model, for prediction, its tokenizer and its labels."""
    labels = Labels(**srsly.read_json(folder / LABELS_FILE))
    model = PlainModel(AutoModel.from_config(AutoConfig.from_pretrained(folder)), labels)
    model.load_state_dict(load_file(folder / WEIGHTS_FILE))
    return model.to(device, precision).eval(), AutoTokenizer.from_pretrained(folder), labels
