"""A training's models as plain checkpoints: folders that transformers opens, and `bert_encoder` by `name`."""

import json
import shutil
from pathlib import Path

from ..files.folder_kinds import FolderKind
from ..files.folders import keep_others, written_whole
from ..huggingface.foreign import quiet
from ..training.resuming.run import Run
from .card import checkpoint_card
from .figures import figures_of
from .parts import find_parts

FIGURES_FILE, CARD_FILE = "pretraining.json", "README.md"


class Checkpoints:
    """See `Models`."""

    what = "checkpoint"
    folder_kind = FolderKind("pre-trained checkpoint", (FIGURES_FILE,))

    def save(self, run: Run, path: Path) -> None:
        """Write config.json, model.safetensors, the tokenizer's files, figures and a card."""
        model, tokenizer = find_parts(run.nlp).objective.language_model()
        figures = figures_of(run, type(model).__name__)
        text = json.dumps(figures, indent=2, ensure_ascii=False) + "\n"
        with written_whole(path, replacing=self.folder_kind) as folder, quiet():
            model.save_pretrained(folder, safe_serialization=True)
            tokenizer.save_pretrained(folder)
            (folder / FIGURES_FILE).write_text(text, encoding="utf8")
            (folder / CARD_FILE).write_text(checkpoint_card(figures), encoding="utf8")
            keep_others(path, folder, ())

    def copy(self, source: Path, path: Path) -> None:
        with written_whole(path, replacing=self.folder_kind) as folder:
            shutil.copytree(source, folder, dirs_exist_ok=True)
            keep_others(path, folder, ())
