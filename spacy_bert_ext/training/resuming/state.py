"""The state of a training on disk: safetensors and JSON with checksums, written whole in the place of an older one."""

import json
import warnings
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from thinc.api import Config
from torch import Tensor

from ...errors import Errors, Warnings
from ...files.checksums import CHECKSUMS_FILE, write_checksums
from ...files.contents import FolderContents
from ...files.folder_kinds import FolderKind
from ...files.folders import keep_others, written_whole
from ...files.saved_files import SavedFiles
from ...files.unfinished import settle
from ...files.weights_file import UnreadableWeights
from ...pipeline.bert_encoder import BertEncoder
from .optimizer_state import optimizer_state, restore_optimizer
from .random_states import random_states, set_random_states
from .recorded_batches import Draw
from .run import Progress, Run
from .same_run import corpus_files, differences, plain
from .weights import conditions, prepare_weights, set_conditions, set_weights, weights

STATE_FOLDER = "training-state"

SETTINGS_FILE = "state.json"
STATE = FolderKind("state of a training", (SETTINGS_FILE,))

_WEIGHTS, _OPTIMIZER, _RANDOM = "weights.safetensors", "optimizer.safetensors", "random.safetensors"
_TENSOR_FILES = (_WEIGHTS, _OPTIMIZER, _RANDOM)


class ResumeError(ValueError):
    """A training can't be resumed; nothing has changed."""


def save_state(run: Run, folder: Path) -> None:
    """Write what `run` needs to go on from here, in the place of an older state.

    RAISES (ValueError): A component whose weights are neither thinc's nor torch's.
    RAISES (SaveError): The disk is full, or the folder can't be written.
    """
    for _, pipe in run.nlp.pipeline:
        if isinstance(pipe, BertEncoder):
            pipe.shared.complete_step()
    tensors, numbers = optimizer_state(run.optimizer, run.nlp)
    settings = {
        "progress": run.progress.to_dict(),
        "performance": run.nlp.meta.get("performance", {}),
        "optimizer": numbers,
        "conditions": conditions(run.nlp),
        "config": plain(run.config).to_str(),
        "corpus_files": corpus_files(run.config),
    }
    with written_whole(folder, replacing=STATE) as new:
        (new / SETTINGS_FILE).write_text(json.dumps(settings, default=_number), encoding="utf8")
        save_file(_unshared(weights(run.nlp)), new / _WEIGHTS)
        save_file(tensors, new / _OPTIMIZER)
        save_file(_random_tensors(run.batches.draws), new / _RANDOM)
        write_checksums(new, {})
        keep_others(folder, new, ())


@dataclass
class SavedState:
    """A state that was read from disk."""

    path: Path
    settings: dict[str, Any]
    config: Config
    weights: dict[str, Tensor]
    optimizer: dict[str, Tensor]
    random: dict[str, Tensor]

    @property
    def n_steps(self) -> int:
        n_steps: int = self.settings["progress"]["n_steps"]
        return n_steps

    def check(self, run: Run) -> None:
        """Whether `run`, which is to begin, is the training that was saved. Warns if its corpora have changed.

        RAISES (ResumeError): Settings, or names or shapes of weights, differ.
        """
        changed = differences(self.config, run.nlp.config)
        if changed:
            raise ResumeError(Errors.B092.format(path=self.path, differences="; ".join(changed)))
        prepare_weights(run.nlp, self.settings["conditions"]["counters"])
        found, expected = _shapes(self.weights), _shapes(weights(run.nlp))
        if found != expected:
            names = sorted(name for name, _ in found.items() ^ expected.items())
            raise ResumeError(Errors.B093.format(path=self.path, n_different=len(set(names)), example=names[0]))
        files = corpus_files(run.config)
        for key, old in self.settings["corpus_files"].items():
            if files.get(key) != old:
                warnings.warn(Warnings.B107.format(setting=f"corpora.{key}"))

    def restore(self, run: Run) -> None:
        """Bring `run`, which is to begin, where the saved one was.

        RAISES (ResumeError): It is another training; `run` is as before then, but its batches may have been drawn.
        """
        self.check(run)
        n_steps = self.n_steps
        n_batches = run.batches.replay(n_steps, _draws(self.random))
        if n_batches < n_steps:
            reason = f"the training corpus gives {n_batches} batches, of {n_steps} that were trained on"
            raise ResumeError(Errors.B092.format(path=self.path, differences=reason))
        run.progress = Progress.from_dict(self.settings["progress"])
        run.nlp.meta["performance"] = self.settings["performance"]
        set_weights(run.nlp, self.weights)
        set_conditions(run.nlp, self.settings["conditions"])
        restore_optimizer(run.optimizer, run.nlp, self.optimizer, self.settings["optimizer"], n_steps=n_steps)
        set_random_states({name[4:]: state.numpy() for name, state in self.random.items() if name.startswith("now/")})


def read_state(path: Path) -> SavedState:
    """The state in a folder.

    RAISES (ResumeError): There is none, or it is damaged.
    """
    settle(path)
    if not any((path / name).exists() for name in (SETTINGS_FILE, *_TENSOR_FILES)):
        raise ResumeError(Errors.B090.format(path=path))
    try:
        with closing(
            SavedFiles(FolderContents(path), path.name, path, text=Errors.B091, changed_text=Errors.B207)
        ) as files:
            files.check_with(files.read_json(CHECKSUMS_FILE))
            settings = files.read_json(SETTINGS_FILE)
            tensors = [files.start_reading_weights(name).result() for name in _TENSOR_FILES]
            files.finish()
    except UnreadableWeights as error:
        raise ResumeError(Errors.B091.format(path=path, reason=error)) from error
    except ValueError as error:  # with a code
        raise ResumeError(str(error)) from error
    found = SavedState(path, settings, Config().from_str(settings["config"]), *tensors)
    for name, of_file in ((_WEIGHTS, found.weights), (_OPTIMIZER, found.optimizer)):
        damaged = next((key for key, tensor in of_file.items() if not tensor.isfinite().all()), None)
        if damaged is not None:
            reason = f"{name} holds something else than numbers, in {damaged!r}"
            raise ResumeError(Errors.B091.format(path=path, reason=reason))
    return found


def _random_tensors(draws: Iterable[Draw]) -> dict[str, Tensor]:
    tensors = {f"now/{name}": torch.from_numpy(state.copy()) for name, state in random_states().items()}
    by_generator: dict[str, list[Draw]] = {}
    for draw in draws:
        by_generator.setdefault(draw.generator, []).append(draw)
    for name, its_draws in by_generator.items():
        tensors[f"n_before/{name}"] = torch.tensor([draw.n_before for draw in its_draws])
        tensors[f"states/{name}"] = torch.from_numpy(np.stack([draw.state for draw in its_draws]))
    return tensors


def _draws(tensors: dict[str, Tensor]) -> list[Draw]:
    return [
        Draw(n_before, key.removeprefix("n_before/"), state.numpy())
        for key, of_generator in tensors.items()
        if key.startswith("n_before/")
        for n_before, state in zip(of_generator.tolist(), tensors[key.replace("n_before/", "states/", 1)])
    ]


def _shapes(tensors: dict[str, Tensor]) -> dict[str, tuple[int, ...]]:
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}


def _unshared(tensors: dict[str, Tensor]) -> dict[str, Tensor]:
    """safetensors wants memory of its own for each; tied weights have the same."""
    owners = {tensor.untyped_storage().data_ptr(): name for name, tensor in tensors.items()}
    return {
        name: tensor.contiguous() if owners[tensor.untyped_storage().data_ptr()] == name else tensor.clone()
        for name, tensor in tensors.items()
    }


def _number(value: Any) -> Any:
    """NumPy's numbers, which scores and losses may be, for JSON."""
    return value.item()
