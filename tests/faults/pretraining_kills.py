"""Pre-trainings that are killed at random moments: what lies in their folder then, and how many steps are lost.

    python -m tests.faults.pretraining_kills --n 100 --output benchmarks/results/pretraining_kills.json

As `kills.py`, by which `make faults` runs it, too.
"""

import argparse
import hashlib
import json
import shutil
import tempfile
from collections import Counter
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from typing import Any

import torch
from spacy.language import Language
from spacy.training.initialize import init_nlp
from spacy.util import registry
from thinc.api import Config
from transformers import AutoModelForMaskedLM

from spacy_bert_ext.huggingface.loading import load_checkpoint
from spacy_bert_ext.pretraining.checkpoints import Checkpoints
from spacy_bert_ext.training.resuming.kinds import Kind
from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.run import Run
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, ResumeError, SavedState, read_state
from tests.faults.kills import MIXED, MODELS, NEW, OLD, duration, killed, left_over
from tests.pretraining.runs import pretraining_config
from tests.tiny import make_checkpoint

SAVE_EVERY = 2
MOST_LOST = SAVE_EVERY + 1  # those since the last save, and the one that was being saved


def note_step(path: str) -> Callable[[Language, dict[str, Any]], None]:
    return lambda nlp, told: Path(path).write_text(str(told["step"]))  # of steps before this one


if not registry.has("callbacks", "tests.note_step.v1"):
    registry.callbacks.register("tests.note_step.v1", func=note_step)


class Noting(Checkpoints):
    """Notes what it writes."""

    def __init__(self) -> None:
        self.written: set[str] = set()

    def save(self, run: Run, path: Path) -> None:
        super().save(run, path)
        self.written.add(fingerprint(path))


class Pretrainings:
    """A short pre-training in the folder of an earlier one, and what an undisturbed one saves on its way."""

    def __init__(self, root: Path) -> None:
        self.root, self.output, self.steps = root, root / "output", root / "steps.txt"
        root.mkdir()
        encoder = make_checkpoint(root / "encoder", "distilbert")
        note = {"before_update": {"@callbacks": "tests.note_step.v1", "path": str(self.steps)}}
        silent = {"logger": {"@loggers": "spacy-bert-ext.Log.v1", "progress_bar": None}}
        self.config = pretraining_config(
            encoder, root, {"training": {"max_steps": 8, "eval_frequency": 3, **note}}, {"training": silent}
        )
        self.allowed: dict[str, str] = {}
        for name, config in ((OLD, self.config.merge({"system": {"seed": 7}})), (NEW, self.config)):
            models = Noting()
            self._train(config, root / name, models=models)
            self.allowed.update(dict.fromkeys(models.written, name))
        self.final = self._prints(root / NEW)

    def _train(
        self, config: Config, output: Path, state: SavedState | None = None, models: Checkpoints | None = None
    ) -> None:
        kind = Kind(models or Checkpoints(), evaluates_last=True)
        out = StringIO()
        train(init_nlp(config), output, kind=kind, state=state, save_every=SAVE_EVERY, stdout=out, stderr=out)

    def _prints(self, output: Path) -> list[str]:
        return [fingerprint(output / name) for name in MODELS]

    def begin(self) -> None:
        shutil.rmtree(self.output, ignore_errors=True)
        shutil.copytree(self.root / OLD, self.output)
        self.steps.unlink(missing_ok=True)

    def kills(self, n: int) -> dict[str, Counter]:
        found = {name: Counter() for name in (*MODELS, "steps lost", "resumed")}
        self.begin()
        seconds = duration(lambda: self._train(self.config, self.output))
        for _ in range(n):
            self.begin()
            killed(lambda: self._train(self.config, self.output), 1.1 * seconds)
            for name in MODELS:
                found[name][self.outcome(self.output / name)] += 1
            self.resume(found)
            if left_over(self.output):
                found["resumed"]["temporary folders left"] += 1
        return found

    def outcome(self, folder: Path) -> str:
        AutoModelForMaskedLM.from_pretrained(folder)
        load_checkpoint(str(folder))
        return self.allowed.get(fingerprint(folder), MIXED)

    def resume(self, found: dict[str, Counter]) -> None:
        """Go on from the state; if that is the earlier one's, or none, begin anew."""
        text = self.steps.read_text() if self.steps.exists() else ""
        n_taken = int(text or 0)
        try:
            state = read_state(self.output / STATE_FOLDER)
            done = "to the end"
            self._train(self.config, self.output, state)
            found["steps lost"][max(0, n_taken - state.n_steps)] += 1
        except ResumeError:
            done = "begun anew"
            self._train(self.config, self.output)
            found["steps lost"][n_taken] += 1
        same = self._prints(self.output) == self.final
        found["resumed"][done if same else f"{done}, to another end"] += 1


def fingerprint(folder: Path) -> str:
    content = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        content.update(file.name.encode() + file.read_bytes())
    return content.hexdigest()


def main(arguments: Iterable[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="Kills")
    parser.add_argument("--output", type=Path, help="JSON file of the figures")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        figures = Pretrainings(Path(folder) / "pretrainings").kills(options.n)
    print(json.dumps(figures), flush=True)
    if options.output:
        options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf8")
    return figures


if __name__ == "__main__":
    main()
