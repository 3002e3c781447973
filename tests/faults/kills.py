"""Processes that are killed while they save, and loads beside a process that saves: what is found afterwards.

    python -m tests.faults.kills --n 100 --output benchmarks/results/kills.json

A child is forked for each, so that nothing is imported anew, and killed after a random part of the time that it takes
undisturbed. What is loaded then must be one of the pipelines that were saved, in everything that tells them apart; or
an error with a code says why it does not load. Linux and macOS.
"""

import argparse
import hashlib
import itertools
import json
import os
import random
import re
import shutil
import signal
import tempfile
import time
import traceback
import warnings
from collections import Counter
from collections.abc import Callable, Iterable
from io import StringIO
from pathlib import Path
from typing import Any

# Before anything reads it: tokenizers warn of forks.
os.environ["TOKENIZERS_PARALLELISM"] = "false"

import pytest
import spacy
import torch
from spacy.language import Language
from spacy.training.initialize import init_nlp
from thinc.api import Config

from spacy_bert_ext import save_pipeline
from spacy_bert_ext.training.resuming import kinds
from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, ResumeError, SavedState, read_state
from tests.annotated import make_examples
from tests.pipeline.pipelines import make_nlp
from tests.tiny import make_checkpoint
from tests.training.resuming.runs import make_config, write_corpus

HEADS = ("bert_ner", "bert_textcat", "bert_textcat_multilabel")
MODELS = ("model-last", "model-best")
OLD, NEW = "old", "new"
REFUSED = "refused"
MIXED = "mixed components"
MIXED_SETTINGS = "components of one, config.cfg or meta.json of the other"
_CODED = re.compile(r"\[[BE]\d{3,4}\]")
_STEP = 0.9  # of a weight's change between versions

_RANDOM = random.Random(0)  # trainings seed the common one

Fingerprint = tuple[tuple[str, Any], ...]


def make_version(folder: str, number: int) -> Language:
    """A pipeline that differs from those of other numbers in the weights and labels of all components, and in settings
    and meta data.
    """
    config = {"min_score": number / 10}, {"threshold": number / 10}, {"threshold": number / 10}
    nlp = make_nlp(folder, ())
    for name, settings in zip(HEADS, config):
        nlp.add_pipe(name, config=settings).add_label(f"LABEL{number}")
    nlp.initialize(lambda: make_examples(nlp))
    for _, pipe in nlp.pipeline:
        with torch.no_grad():
            for weight in pipe.shim.module.parameters():
                weight += number * _STEP
    nlp.meta["version"] = f"{number}.0.0"
    return nlp


def fingerprint(nlp: Language) -> Fingerprint:
    """Everything that may come from one version or another; first what is written by components."""
    weights = {}
    for name, pipe in nlp.components:
        content = b"".join(weight.detach().numpy().tobytes() for weight in pipe.shim.module.state_dict().values())
        weights[name] = hashlib.sha256(content).hexdigest() + str(getattr(pipe, "labels", ""))
    settings = {name: nlp.get_pipe_config(name) for name in HEADS if name in nlp.component_names}
    shown = [(name, of.get("min_score"), of.get("threshold")) for name, of in settings.items()]
    return tuple(sorted(weights.items())), (nlp.meta["version"].split(".")[0], *shown)


def outcome(path: Path, allowed: dict[Fingerprint, str]) -> str:
    """RETURNS (str): One of `allowed`; or how it is mixed; or that it is refused, or the error without a code."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            found = fingerprint(spacy.load(path))
    except Exception as error:
        return REFUSED if _CODED.search(str(error)) else f"{type(error).__name__} without a code: {error}"
    of_components = {components for components, _ in allowed}
    return allowed.get(found) or (MIXED_SETTINGS if found[0] in of_components else MIXED)


def in_child(action: Callable[[], None]) -> int:
    """RETURNS (int): Its process id."""
    child = os.fork()
    if child == 0:
        try:
            action()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    return child


def duration(action: Callable[[], None]) -> float:
    start = time.perf_counter()
    os.waitpid(in_child(action), 0)
    return time.perf_counter() - start


def killed(action: Callable[[], None], seconds: float) -> None:
    """Have a child do something, and kill it at a random moment in that time."""
    child = in_child(action)
    time.sleep(_RANDOM.random() * seconds)
    os.kill(child, signal.SIGKILL)
    os.waitpid(child, 0)


def left_over(folder: Path) -> int:
    """Temporary folders."""
    return sum(1 for path in folder.rglob(".*") if path.is_dir())


class Versions:
    """Two pipelines, a folder of each, and a folder in which one replaces the other."""

    def __init__(self, root: Path) -> None:
        self.root, self.path = root, root / "place" / "pipeline"
        root.mkdir()
        checkpoint = make_checkpoint(root / "checkpoint", "bert")
        self.pipelines = [make_version(checkpoint, number) for number in (1, 2)]
        self.allowed: dict[Fingerprint, str] = {}
        for name, nlp in zip((OLD, NEW), self.pipelines):
            save_pipeline(nlp, root / name)
            self.allowed[fingerprint(spacy.load(root / name))] = name
        if len(self.allowed) < 2:
            raise RuntimeError("the two versions are alike")

    def begin(self) -> None:
        """Only the old pipeline is there."""
        shutil.rmtree(self.path.parent, ignore_errors=True)
        shutil.copytree(self.root / OLD, self.path)

    def kills(self, save: Callable[[Language, Path], None], n: int) -> Counter:
        """Kill saves of the new pipeline over the old one."""
        self.begin()
        seconds = max(duration(lambda: save(self.pipelines[1], self.path)) for _ in range(3))
        found: Counter = Counter()
        for _ in range(n):
            self.begin()
            killed(lambda: save(self.pipelines[1], self.path), 1.1 * seconds)
            found[outcome(self.path, self.allowed)] += 1
            save(self.pipelines[1], self.path)  # after each, the next save works and removes what is left
            if outcome(self.path, self.allowed) != NEW or left_over(self.path.parent):
                found["not saved anew"] += 1
        return found

    def loads(self, save: Callable[[Language, Path], None], n: int) -> Counter:
        """Load beside a process that saves one over the other again and again."""
        self.begin()
        seconds = 4 * duration(lambda: spacy.load(self.path))

        def save_alternately() -> None:
            for i in itertools.count():  # no two are the same
                nlp = self.pipelines[i % 2]
                nlp.meta["version"] = f"{i % 2 + 1}.0.{i}"
                save(nlp, self.path)
                time.sleep(_RANDOM.random() * seconds)

        child = in_child(save_alternately)
        found = Counter(outcome(self.path, self.allowed) for _ in range(n))
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
        return found


class Trainings:
    """A short training in the folder of an earlier one, and what an undisturbed one saves on its way."""

    def __init__(self, root: Path) -> None:
        self.root, self.output = root, root / "output"
        root.mkdir()
        checkpoint, corpus = make_checkpoint(root / "encoder", "bert"), write_corpus(root / "corpus.spacy", 1)
        config = make_config(checkpoint, corpus, ("bert_ner", "bert_textcat"), max_steps=4, eval_frequency=2)
        self.config, earlier = config, config.merge({"training": {"seed": 7}})
        self.allowed: dict[Fingerprint, str] = {}
        self._train(earlier, root / "earlier")
        self._note(root / "earlier", OLD)
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(kinds, "save_pipeline", self._save_and_copy)
            self._train(config, root / "undisturbed")
        self.allowed.update((fingerprint(spacy.load(path)), NEW) for path in (root / "copies").iterdir())
        self.final = self._prints(root / "undisturbed")

    def _save_and_copy(self, nlp: Language, path: Path) -> None:
        save_pipeline(nlp, path)
        # Not loaded right now: that would draw random numbers.
        shutil.copytree(path, self.root / "copies" / str(time.monotonic_ns()))

    def _note(self, output: Path, name: str) -> None:
        self.allowed.update((found, name) for found in self._prints(output))

    def _prints(self, output: Path) -> list[Fingerprint]:
        return [fingerprint(spacy.load(output / name)) for name in MODELS]

    def _train(self, config: Config, output: Path, state: SavedState | None = None) -> None:
        train(init_nlp(config), output, state=state, stdout=StringIO(), stderr=StringIO())

    def kills(self, n: int) -> dict[str, Counter]:
        found = {name: Counter() for name in (*MODELS, "resumed")}
        self.begin()
        seconds = duration(lambda: self._train(self.config, self.output))
        for _ in range(n):
            self.begin()
            killed(lambda: self._train(self.config, self.output), 1.1 * seconds)
            for name in MODELS:
                found[name][outcome(self.output / name, self.allowed)] += 1
            found["resumed"][self.resume()] += 1
            if left_over(self.output):
                found["resumed"]["temporary folders left"] += 1
        return found

    def begin(self) -> None:
        shutil.rmtree(self.output, ignore_errors=True)
        shutil.copytree(self.root / "earlier", self.output)

    def resume(self) -> str:
        """Go on from the state; if that is the earlier training's, or none, begin anew."""
        try:
            state = read_state(self.output / STATE_FOLDER)
            self._train(self.config, self.output, state)
            done = "to the end"
        except ResumeError as error:
            done = f"refused, {_CODED.search(str(error))[0]}, and begun anew"
            self._train(self.config, self.output)
        return done if self._prints(self.output) == self.final else "to another end"


def main(arguments: Iterable[str] | None = None) -> dict[str, Any]:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--n", type=int, default=100, help="Kills, and loads, of each kind")
    parser.add_argument("--only", help="Only what has this in its name")
    parser.add_argument("--output", type=Path, help="JSON file of the figures")
    options = parser.parse_args(arguments)
    torch.set_num_threads(1)
    with tempfile.TemporaryDirectory() as folder:
        versions, trainings = Versions(Path(folder) / "versions"), Trainings(Path(folder) / "trainings")
        kinds = {
            "kills in nlp.to_disk": lambda: versions.kills(Language.to_disk, options.n),
            "loads beside nlp.to_disk": lambda: versions.loads(Language.to_disk, options.n),
            "kills in save_pipeline": lambda: versions.kills(save_pipeline, options.n),
            "loads beside save_pipeline": lambda: versions.loads(save_pipeline, options.n),
            "kills in bert train": lambda: trainings.kills(options.n),
        }
        figures = {}
        for name, measure in kinds.items():
            if (options.only or "") in name:
                figures[name] = measure()
                print(name, json.dumps(figures[name]), flush=True)
    if options.output:
        options.output.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf8")
    return figures


if __name__ == "__main__":
    main()
