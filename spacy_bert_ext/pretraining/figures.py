"""What a pre-training has been: `pretraining.json`, which stands beside the weights, and of which the card is written.

Times are left out: a training that was resumed writes the same bytes as one that was not.
"""

import platform
import re
from importlib.metadata import version
from pathlib import Path
from typing import Any

from ..about import PACKAGE
from ..training.resuming.run import Run
from .parts import corpus_block, find_parts

_FRONT_MATTER, _LICENCE = re.compile(r"---\n.*?\n---", re.DOTALL), re.compile(r"^license: *([\w.+-]+) *$", re.MULTILINE)
_PACKAGES = (PACKAGE, "spacy", "torch", "transformers", "tokenizers")
_PLACES = ("name", "revision")  # of the checkpoint
_NO_SETTINGS = ("factory", "model", "loss", "scorer")  # of the objective's block


def figures_of(run: Run, architecture: str) -> dict[str, Any]:
    """In a form that JSON can hold. Of files and folders only the names are told, not where they were.

    architecture (str): The class of transformers that opens the checkpoint.
    """
    encoder, objective = find_parts(run.nlp)
    config, progress = run.config, run.progress
    settings, given = encoder.shim.settings, config["components"][objective.name]
    training = config["training"]
    return {
        "architecture": architecture,
        "language": run.nlp.lang,
        "checkpoint": settings.name if _is_hub_name(settings.name) else None,
        "licence": _licence_of(settings.name),
        "random_weights": encoder.shim.loaded.checkpoint.is_untrained,
        "texts": _name_of(corpus_block(config, "train")),
        "held_out": _name_of(corpus_block(config, "dev")),
        "steps": progress.n_steps,
        "passes": run.batches.epoch + 1,
        "words": progress.n_words,
        "objective": {key: value for key, value in given.items() if key not in _NO_SETTINGS},
        "encoder": {
            "window_pieces": settings.window_pieces,
            "pieces_from": settings.pieces_from,
            "lora_rank": settings.lora_rank,
        },
        "training": {
            **{key: training[key] for key in ("seed", "max_steps", "accumulate_gradient", "optimizer")},
            "batcher": {key: value for key, value in training["batcher"].items() if key not in _PLACES},
        },
        "evaluations": [
            {"step": step, **{name: score for name, score in scores.items() if name in training["score_weights"]}}
            for (_, step), scores in zip(progress.results, progress.scores)
        ],
        "versions": {"python": platform.python_version(), **{name: version(name) for name in _PACKAGES}},
    }


def _is_hub_name(name: str) -> bool:
    path = Path(name)
    return not (path.is_absolute() or path.exists() or name.startswith(".") or name.count("/") > 1)


def _licence_of(name: str) -> str | None:
    """What the card in a checkpoint's folder says; None if nothing does."""
    card = Path(name) / "README.md"
    text = card.read_text(encoding="utf8", errors="replace") if card.is_file() else ""
    front = _FRONT_MATTER.match(text)
    licence = front and _LICENCE.search(front[0])
    return licence[1] if licence else None


def _name_of(corpus: dict[str, Any]) -> str | None:
    path = corpus.get("path")
    return None if path is None else Path(path).name
