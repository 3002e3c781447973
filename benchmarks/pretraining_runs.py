"""Our contender for pre-training: its config, its batches of raw text and its steps, and `spacy bert pretrain`."""

import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from itertools import islice
from pathlib import Path

import spacy
from options import MODELS
from plain_pretraining import MaskedWindow
from spacy.schemas import ConfigSchemaTraining
from spacy.training import Example
from spacy.util import load_config, load_model_from_config, minibatch, registry, resolve_dot_names
from tasks import PROJECT
from thinc.api import Config

from spacy_bert_ext.encoder.readings import MaskedDocs
from spacy_bert_ext.pipeline.bert_pretraining import BertPretraining

ENCODER = PROJECT / "encoders" / "all-MiniLM-L6-v2"
FOLDER = MODELS / "pretraining"
HEAD = "bert_pretraining"
# Of held-out text, whose masks are drawn for so many Docs at a time.
SCORED_DOCS = 32


class OurPretraining:
    """The pipeline, its reader, batcher and optimizer, as the loop of a training makes them of the config."""

    def __init__(self, config: Config) -> None:
        spacy.util.fix_random_seed(0)
        self.nlp = load_model_from_config(config, auto_fill=True)
        resolved = self.nlp.config.interpolate()
        self.training = registry.resolve(resolved["training"], schema=ConfigSchemaTraining)
        self.train, self.dev = resolve_dot_names(resolved, ["corpora.train", "corpora.dev"])
        self.nlp.initialize(lambda: list(islice(self.train(self.nlp), 10)))
        self.optimizer = self.training["optimizer"]

    @property
    def head(self) -> BertPretraining:
        return self.nlp.get_pipe(HEAD)

    def batches(self) -> Iterator[list[Example]]:
        """Of one pass over the raw text."""
        return self.training["batcher"](self.train(self.nlp))

    def step(self, batch: list[Example]) -> float:
        """RETURNS: The loss, nats a masked piece."""
        losses: dict[str, float] = {}
        self.nlp.update(batch, sgd=self.optimizer, losses=losses, drop=self.training["dropout"])
        self.optimizer.step_schedules()
        return losses[HEAD]


def write_config(path: Path, checkpoint: Path, texts: Path, dev: Path) -> Path:
    """What `init-config` writes, with the paths in it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    run("bert", "init-config", path, "--task", "pretrain", "--encoder", checkpoint.resolve(), "--force")
    paths = {"paths.raw_text": str(texts.resolve()), "paths.raw_dev": str(dev.resolve())}
    changed(path, paths).to_disk(path)
    return path


def changed(path: Path, settings: Mapping[str, object]) -> Config:
    """A config with other settings, by dotted name."""
    return load_config(path, overrides=dict(settings), interpolate=False)


def pretrain(path: Path, output: Path, settings: Mapping[str, object]) -> Path:
    """`spacy bert pretrain`, if it has not been done. RETURNS: Its output."""
    if not (output / "model-last").exists():
        config = output.with_suffix(".cfg")
        changed(path, settings).to_disk(config)
        run("bert", "pretrain", config, "--output", output)
    return output


def masked_windows(config: Config) -> Iterator[MaskedWindow]:
    """Held-out text as `BertPretraining.score` masks it. Each Doc fits one window, as the reader makes them."""
    ours = OurPretraining(config)
    for number, some in enumerate(minibatch(ours.dev(ours.nlp), SCORED_DOCS)):
        reading = MaskedDocs([eg.reference for eg in some], ours.head.masking, (ours.head.seed, number))
        reading.plan(ours.head.encoder_shim)
        masked, _ = reading.planned
        targets = dict(zip(masked.places.tolist(), masked.targets.tolist(), strict=True))
        start, ids = 0, masked.pieces.ids.tolist()
        for n_pieces in masked.pieces.per_doc.tolist():
            places = [place for place in range(start, start + n_pieces) if place in targets]
            yield MaskedWindow(
                ids[start : start + n_pieces],
                [place - start for place in places],
                [targets[place] for place in places],
            )
            start += n_pieces


def evaluations(output: Path) -> list[dict]:
    """Scores of a pre-training on held-out text, with the number of their step."""
    return json.loads((output / "model-last" / "pretraining.json").read_text(encoding="utf8"))["evaluations"]


def run(*arguments: object) -> None:
    subprocess.run([sys.executable, "-m", "spacy", *map(str, arguments)], check=True)
