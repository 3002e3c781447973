"""The plain contender: transformers' own classes, fine-tuned by a loop as one writes it, one model for each target."""

import random
from collections.abc import Iterator, Sequence
from pathlib import Path

import torch
from data import ENCODER, Target, examples_of, without_annotations
from metrics import main_score, score
from plain_prediction import batches_by_length
from plain_training import IGNORED, MAX_GRADIENT, MAX_PIECES, weight_groups
from spacy.tokens import Doc, Span
from spacy.util import fix_random_seed
from torch import nn
from torch.nn.utils.rnn import pad_sequence
from transformers import (
    AutoModelForSequenceClassification,
    AutoModelForTokenClassification,
    AutoTokenizer,
    get_linear_schedule_with_warmup,
)

from spacy_bert_ext.encoder.device import choose_device, choose_precision, choose_training_precision
from spacy_bert_ext.training.batchers import create_batch_by_pieces_v1

BATCH_PIECES, BATCH_DOCS = 1024, 32  # of a training step: padded pieces and Docs, as for ours
WARMUP = 0.1  # part of all steps
# transformers' names of its losses
PROBLEMS = {
    "entities": None,
    "category": "single_label_classification",
    "categories": "multi_label_classification",
}


class FineTuned:
    """`AutoModelForTokenClassification` for entities, `AutoModelForSequenceClassification` for categories.

    target (Target): What it predicts.
    outputs (List[str]): Tags or categories.
    folder (Path): Checkpoint: an encoder, or what `save` has written.
    """

    def __init__(self, target: Target, outputs: list[str], folder: Path = ENCODER) -> None:
        self.target, self.outputs = target, outputs
        self.device = choose_device("auto")
        self.precision = choose_training_precision("auto", self.device)
        self.tokenizer = AutoTokenizer.from_pretrained(folder)
        kind = AutoModelForTokenClassification if target == "entities" else AutoModelForSequenceClassification
        self.model: nn.Module = kind.from_pretrained(
            folder,
            id2label=dict(enumerate(outputs)),
            label2id={output: i for i, output in enumerate(outputs)},
            problem_type=PROBLEMS[target],
        ).to(self.device)

    def use_fast_weights(self) -> None:
        """For prediction alone: weights in the type that the device computes fastest in, instead of autocast."""
        self.model.to(choose_precision("auto", self.device))
        self.precision = torch.float32

    def save(self, folder: Path) -> None:
        self.model.save_pretrained(folder)
        self.tokenizer.save_pretrained(folder)

    def encode(self, docs: Sequence[Doc]):
        words = [[token.text for token in doc] for doc in docs]
        shared = {"truncation": True, "max_length": MAX_PIECES, "return_token_type_ids": False}
        if self.target == "entities":
            return self.tokenizer(words, is_split_into_words=True, **shared)
        return self.tokenizer([doc.text for doc in docs], **shared)

    def logits(self, docs: Sequence[Doc]) -> tuple:
        """Encoded Docs, and the scores of each one's pieces (n_pieces, n_tags) or of itself (n_labels,)."""
        encoded = self.encode(docs)
        ids = encoded["input_ids"]
        scores: list[torch.Tensor] = [torch.empty(0)] * len(ids)
        self.model.eval()
        with torch.no_grad(), self.autocast():
            for batch in batches_by_length([len(row) for row in ids], self.device):
                found = self.model(**self._padded([ids[i] for i in batch])).logits.float().cpu()
                for row, i in enumerate(batch):
                    scores[i] = found[row, : len(ids[i])] if self.target == "entities" else found[row]
        return encoded, scores

    def predict(self, docs: Sequence[Doc]) -> list[Doc]:
        """The same words as in `docs`, annotated."""
        encoded, scores = self.logits(docs)
        found = [without_annotations(doc) for doc in docs]
        for i, (doc, row) in enumerate(zip(found, scores)):
            if self.target == "entities":
                doc.set_ents(self._entities(doc, first_pieces(encoded.word_ids(i)), row.argmax(1).tolist()))
            else:
                probabilities = row.softmax(0) if self.target == "category" else row.sigmoid()
                doc.cats = dict(zip(self.outputs, probabilities.tolist()))
        return found

    def autocast(self):
        return torch.autocast(self.device.type, self.precision, enabled=self.precision != torch.float32)

    def loss(self, ids: list[list[int]], targets: list) -> torch.Tensor:
        if self.target == "entities":
            labels = pad_sequence([torch.tensor(row) for row in targets], batch_first=True, padding_value=IGNORED)
        else:
            labels = torch.tensor(targets)
        with self.autocast():
            return self.model(**self._padded(ids), labels=labels.to(self.device)).loss

    def _padded(self, rows: Sequence[Sequence[int]]) -> dict[str, torch.Tensor]:
        ids = pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
        lengths = torch.tensor([len(row) for row in rows])
        mask = (torch.arange(ids.shape[1]) < lengths[:, None]).long()
        return {"input_ids": ids.to(self.device), "attention_mask": mask.to(self.device)}

    def _entities(self, doc: Doc, firsts: list[int | None], best: list[int]) -> list[Span]:
        """The tag of a token is that of its first piece; one without pieces is outside."""
        bounds: list[tuple[int, int, str]] = []
        open_label = ""
        for token, piece in enumerate([*firsts, *[None] * (len(doc) - len(firsts))]):
            tag = "O" if piece is None else self.outputs[best[piece]]
            label = tag[2:]
            if label and tag.startswith("I-") and label == open_label:
                bounds[-1] = (bounds[-1][0], token + 1, label)
            elif label:
                bounds.append((token, token + 1, label))
            open_label = label
        return [Span(doc, start, end, label) for start, end, label in bounds]

    def targets(self, docs: Sequence[Doc], encoded) -> list:
        """What is learned: of each Doc its pieces' tags, its category's number, or a 0 or 1 for each category."""
        if self.target == "categories":
            return [[doc.cats[label] for label in self.outputs] for doc in docs]
        number = {output: i for i, output in enumerate(self.outputs)}
        if self.target == "category":
            return [number[max(doc.cats, key=doc.cats.get)] for doc in docs]
        rows = []
        for i, doc in enumerate(docs):
            row = [IGNORED] * len(encoded["input_ids"][i])
            for token, piece in zip(doc, first_pieces(encoded.word_ids(i))):
                if piece is not None:
                    row[piece] = number[f"{token.ent_iob_}-{token.ent_type_}" if token.ent_type_ else "O"]
            rows.append(row)
        return rows


def first_pieces(words: Sequence[int | None]) -> list[int | None]:
    """Number of each word's first piece; None for a word without pieces."""
    first: dict[int, int] = {}
    for piece, word in enumerate(words):
        if word is not None:
            first.setdefault(word, piece)
    return [first.get(word) for word in range(max(first, default=-1) + 1)]


def outputs_of(target: Target, docs: Sequence[Doc]) -> list[str]:
    """The tags or categories of these Docs."""
    if target != "entities":
        return sorted(docs[0].cats)
    labels = sorted({ent.label_ for doc in docs for ent in doc.ents})
    return ["O", *(f"{prefix}-{label}" for label in labels for prefix in "BI")]


def fine_tune(target: Target, train_docs: list[Doc], dev_docs: list[Doc], *, seed: int, epochs: int) -> FineTuned:
    """The model after the epoch that is best on `dev_docs`."""
    fix_random_seed(seed)
    tuned = FineTuned(target, outputs_of(target, train_docs))
    encoded = tuned.encode(train_docs)
    targets = tuned.targets(train_docs, encoded)
    epoch_batches = list(make_batches(train_docs, epochs))
    n_steps = sum(len(batches) for batches in epoch_batches)
    optimizer = torch.optim.AdamW(weight_groups(tuned.model, tuned.model.base_model), fused=True)
    schedule = get_linear_schedule_with_warmup(optimizer, int(WARMUP * n_steps), n_steps)
    best, best_weights = -1.0, {}
    for epoch, batches in enumerate(epoch_batches, start=1):
        tuned.model.train()
        losses = []
        for batch in batches:
            loss = tuned.loss([encoded["input_ids"][i] for i in batch], [targets[i] for i in batch])
            loss.backward()
            losses.append(loss.item())
            nn.utils.clip_grad_norm_(tuned.model.parameters(), MAX_GRADIENT)
            optimizer.step()
            schedule.step()
            optimizer.zero_grad()
        found = score(dev_docs, tuned.predict(dev_docs), [target])
        scores = "  ".join(f"{name} {value:.2f}" for name, value in found.items())
        print(f"epoch {epoch}  loss {sum(losses) / len(losses):.4f}  {scores}", flush=True)
        if main_score(found, [target]) > best:
            best = main_score(found, [target])
            best_weights = {name: weight.clone() for name, weight in tuned.model.state_dict().items()}
    tuned.model.load_state_dict(best_weights)
    return tuned


def make_batches(docs: list[Doc], epochs: int) -> Iterator[list[list[int]]]:
    """Numbers of the Docs of each batch, for each epoch."""
    batch = create_batch_by_pieces_v1(BATCH_PIECES, BATCH_DOCS, window_pieces=MAX_PIECES, name=str(ENCODER))
    examples = examples_of(docs)
    number = {id(example): i for i, example in enumerate(examples)}
    for _ in range(epochs):
        random.shuffle(examples)
        yield [[number[id(example)] for example in chosen] for chosen in batch(examples)]
