"""Training states that are damaged, edited, mixed, or hold no numbers: each is refused, and what was there stays."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file, save_file
from thinc.api import Config

from spacy_bert_ext.files.checksums import write_checksums
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, ResumeError, read_state
from tests.training.resuming.runs import make_config, run, write_corpus

FILES = ("state.json", "weights.safetensors", "optimizer.safetensors", "random.safetensors")


@pytest.fixture(scope="module")
def config(bert_folder: str, tmp_path_factory: pytest.TempPathFactory) -> Config:
    corpus = write_corpus(tmp_path_factory.mktemp("corpus") / "corpus.spacy", 1)
    return make_config(bert_folder, corpus, ["bert_ner"], max_steps=2, eval_frequency=2)


@pytest.fixture(scope="module")
def output(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Of a training. Not to be written into."""
    folder = tmp_path_factory.mktemp("trainings") / "out"
    run(config, folder)
    return folder


@pytest.fixture(scope="module")
def another(config: Config, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The state of another one. Not to be written into."""
    folder = tmp_path_factory.mktemp("trainings") / "out"
    run(config.merge({"training": {"seed": 2}}), folder)
    return folder / STATE_FOLDER


@pytest.fixture
def state(output: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(output / STATE_FOLDER, tmp_path / STATE_FOLDER))


def edit(state: Path, **progress: Any) -> None:
    settings = json.loads((state / "state.json").read_text())
    settings["progress"].update(progress)
    (state / "state.json").write_text(json.dumps(settings))


def replace(state: Path, name: str, change: Callable[[torch.Tensor], torch.Tensor], *, resign: bool = False) -> None:
    """Change one tensor, the first."""
    tensors = load_file(state / name)
    key = min(tensors)
    tensors[key] = change(tensors[key]).contiguous()
    save_file(tensors, state / name)
    if resign:
        (state / "checksums.json").unlink()
        write_checksums(state, {})


def test_a_state_is_read(state: Path) -> None:
    assert read_state(state).n_steps == 3


@pytest.mark.parametrize("name", [*FILES, "checksums.json"])
def test_a_file_that_is_missing_cut_short_or_changed_is_refused(state: Path, name: str) -> None:
    content = (state / name).read_bytes()
    flipped = bytearray(content)
    flipped[len(content) // 2] ^= 4
    damages = [None, b"", content[: len(content) // 2], content[:-1], content + b" ", bytes(flipped), b"[" * 100_000]
    for damage in damages[: 5 if name == "checksums.json" else None]:
        (state / name).unlink(missing_ok=True)
        if damage is not None:
            (state / name).write_bytes(damage)
        if name == "checksums.json" and damage == content + b" ":
            continue  # the same table
        with pytest.raises(ResumeError, match=r"\[(B091|B207)\] The state in .*training-state can't be (read|used)"):
            read_state(state)


@pytest.mark.parametrize("name", FILES)
def test_a_file_of_another_state_is_refused(state: Path, another: Path, name: str) -> None:
    shutil.copy(another / name, state / name)
    with pytest.raises(ResumeError, match=rf"\[B207\].*its file {name} is not the one that was saved there"):
        read_state(state)


@pytest.mark.parametrize("n_steps", [-5, 10**9, 2.5, "3", None])
def test_edited_progress_is_refused(state: Path, n_steps: object) -> None:
    edit(state, n_steps=n_steps)
    with pytest.raises(ResumeError, match=r"\[B207\].*its file state.json"):
        read_state(state)


@pytest.mark.parametrize("name", FILES[1:])
@pytest.mark.parametrize("change", [lambda tensor: tensor[:0], lambda tensor: tensor.flatten()[None], torch.ones_like])
def test_tensors_that_were_emptied_reshaped_or_changed_are_refused(
    state: Path, name: str, change: Callable[[torch.Tensor], torch.Tensor]
) -> None:
    replace(state, name, change)
    with pytest.raises(ResumeError, match=r"\[(B091|B207)\]"):
        read_state(state)


@pytest.mark.parametrize("name", ["weights.safetensors", "optimizer.safetensors"])
@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_what_is_no_number_is_refused(state: Path, name: str, value: float) -> None:
    replace(state, name, lambda tensor: tensor * value, resign=True)
    with pytest.raises(ResumeError, match=rf"\[B091\].*{name} holds something else than numbers, in"):
        read_state(state)


def test_a_state_of_another_training_is_refused(config: Config, output: Path, another: Path, tmp_path: Path) -> None:
    folder = tmp_path / "out"
    shutil.copytree(output, folder)
    shutil.rmtree(folder / STATE_FOLDER)
    shutil.copytree(another, folder / STATE_FOLDER)
    before = {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()}
    with pytest.raises(ResumeError, match=r"\[B092\].*training.seed was 2, is 1"):
        run(config, folder, resume=True)
    assert {path: path.read_bytes() for path in folder.rglob("*") if path.is_file()} == before
