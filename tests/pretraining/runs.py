"""Short pre-trainings of small encoders, each with a config that `init-config` writes."""

import json
from collections.abc import Sequence
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from spacy.training.initialize import init_nlp
from thinc.api import Config

from spacy_bert_ext.cli.configs.tasks import make_config
from spacy_bert_ext.pretraining.checkpoints import Checkpoints
from spacy_bert_ext.pretraining.parts import has_held_out_text
from spacy_bert_ext.training.resuming.kinds import Kind
from spacy_bert_ext.training.resuming.loop import train
from spacy_bert_ext.training.resuming.state import STATE_FOLDER, read_state
from tests.tiny import TEXT
from tests.training.resuming.crash import TOLD, Crash
from tests.training.resuming.runs import scramble, with_crash

MODELS = ("model-best", "model-last")
N_LINES = 16


def write_texts(folder: Path) -> tuple[Path, Path]:
    """Text to learn from, and held-out text."""
    lines = TEXT.strip().splitlines()
    raw, dev = folder / "raw.txt", folder / "dev.txt"
    raw.write_text("\n".join(lines * 2), encoding="utf8")
    dev.write_text("\n".join(lines[:6]), encoding="utf8")
    return raw, dev


def pretraining_config(encoder: str, folder: Path, *changes: dict[str, Any]) -> Config:
    """changes: Merged with the config that is written for such encoders, as it is read from a file."""
    text = make_config(["bert_pretraining"], encoder, "en").replace("window_pieces = 256", "window_pieces = 32")
    raw, dev = write_texts(folder)
    config = Config().from_str(text, interpolate=False)
    config["paths"].update(raw_text=str(raw), raw_dev=str(dev))
    config["components"]["bert_encoder"]["model"].update(precision="fp32", device="cpu", overlap_pieces=0)
    config["components"]["bert_pretraining"]["head_steps"] = 3
    config["corpora"]["train"]["buffer_windows"] = 8
    config["training"].update(max_steps=13, eval_frequency=5)
    config["training"]["batcher"].update(max_batch_pieces=256, buffer_docs=8)
    config["training"]["optimizer"].update(encoder_learn_rate=1e-3, head_learn_rate=1e-3)
    config["training"]["logger"] = {"@loggers": "tests.Crash.v1"}
    for change in changes:
        config = config.merge(change)
    return Config().from_str(config.to_str(interpolate=False), interpolate=False)


def run(config: Config, output: Path, *, resume: bool = False, save_every: int = 0) -> list[dict[str, Any] | None]:
    """RETURNS (List[Optional[Dict]]): What it told its logger."""
    output.mkdir(exist_ok=True)
    state = read_state(output / STATE_FOLDER) if resume else None
    if resume:
        scramble()
    kind = Kind(Checkpoints(), is_evaluated=has_held_out_text(config), evaluates_last=True)
    out = StringIO()
    train(init_nlp(config), output, kind=kind, state=state, save_every=save_every, stdout=out, stderr=out)
    return list(TOLD)


def run_with_crashes(config: Config, output: Path, after: Sequence[int], *, save_every: int = 0) -> list:
    """Ended after so many steps, again and again, and resumed to the end."""
    for i, n_steps in enumerate(after):
        with pytest.raises(Crash):
            run(with_crash(config, n_steps), output, resume=i > 0, save_every=save_every)
    return run(config, output, resume=True, save_every=save_every)


def outcome(folder: Path) -> dict[str, bytes]:
    """Every file, byte for byte."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def figures(folder: Path) -> dict[str, Any]:
    return json.loads((folder / "pretraining.json").read_text(encoding="utf8"))
