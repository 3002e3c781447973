"""What both benchmarks do with their command line: device, tasks, where models lie."""

import sys
from importlib.util import find_spec
from pathlib import Path

import spacy
import torch
from tasks import TASKS

from spacy_bert_ext.encoder.device import choose_device

MODELS = Path(__file__).parent / "models"
# Folders of trained models; the first two are also the contenders' names.
OURS, SPACY_TRANSFORMERS, PLAIN = "ours", "spacy-transformers", "plain"


def use_device(name: str) -> torch.device:
    """The device; a wrong one ends the program."""
    try:
        return choose_device(name)
    except ValueError as error:
        sys.exit(str(error))


def spacy_follows(device: torch.device) -> bool:
    """Whether spaCy's own components can compute on the device too. On a GPU they need cupy, and are told to use it."""
    if device.type == "cpu":
        return True
    if device.type != "cuda" or find_spec("cupy") is None:
        print(f"spaCy's own components can't use {device} without cupy: spacy-transformers is left out")
        return False
    spacy.require_gpu(device.index or 0)
    return True


def chosen_tasks(names: list[str] | None) -> list[str]:
    unknown = [name for name in names or () if name not in TASKS]
    if unknown:
        sys.exit(f"No task {', '.join(unknown)}: there are {', '.join(TASKS)}")
    return names or list(TASKS)


def results_name(benchmark: str, device: torch.device) -> str:
    """Figures of a GPU stand beside those of the CPU."""
    return benchmark if device.type == "cpu" else f"{benchmark}-{device.type}"
