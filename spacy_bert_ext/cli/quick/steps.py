"""The steps of `spacy bert quick`: which command each one is."""

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import NamedTuple

from spacy.tokens import DocBin
from spacy.training.corpus import walk_corpus

from ...training.epochs import usual_epochs
from ...training.resuming.state import STATE_FOLDER
from .journal import Journal
from .request import Request

TRAIN, DEV, TEST = "train.spacy", "dev.spacy", "test.spacy"
SPLIT = "80/10/10"
N_TEXTS, ENCODER = "n_texts", "encoder"  # names of facts
MIN_SCORED = 20  # predictions that a temperature is fitted to
TUNED = ("textcat_multilabel", "spans")  # tasks whose labels hold independently, each from a threshold on


class Work(NamedTuple):
    """A run: what was asked for, and what is known.

    choose_encoder: Given the language.
    """

    request: Request
    journal: Journal
    choose_encoder: Callable[[str], str]

    def path(self, *parts: str) -> str:
        return str(self.request.output.joinpath(*parts))

    def corpus(self, part: str) -> str:
        return self.path("corpus", part)

    def n_texts(self, part: str) -> int:
        """Of a part of the data that was converted."""
        known = self.journal.fact(N_TEXTS) or {}
        if part not in known:
            known = {**known, part: _count(Path(self.corpus(part)))}
            self.journal.note(N_TEXTS, known)
        return int(known[part])

    def encoder(self) -> str:
        """The one given, or the one chosen: once, since another may be here the next time."""
        request = self.request
        if request.encoder is not None:
            return request.encoder
        lang, name = self.journal.fact(ENCODER) or ("", "")
        if lang != request.lang:
            name = self.choose_encoder(request.lang)
            self.journal.note(ENCODER, [request.lang, name])
        return str(name)


class Step(NamedTuple):
    """A command.

    outputs: What it writes into the folder.
    arguments: Those after `spacy bert`.
    reads: Files of the user that it reads.
    resumes: Arguments besides, with which it goes on where it was interrupted; none if it begins anew.
    """

    name: str
    outputs: Sequence[str]
    arguments: Callable[[Work], list[str]]
    reads: Callable[[Request], str | None] = lambda request: None
    resumes: Callable[[Work], Sequence[str]] = lambda work: ()


def _convert(work: Work) -> list[str]:
    request = work.request
    options = ["--task", request.task, "--lang", request.lang, *([] if request.parts() else ["--split", SPLIT])]
    return ["convert", request.data, work.path("corpus"), *options, *request.conversion]


def _init_config(work: Work) -> list[str]:
    request = work.request
    epochs = request.epochs or usual_epochs(work.n_texts(TRAIN))
    paths = ["--train", work.corpus(TRAIN), "--dev", work.corpus(DEV)]
    options = ["--task", request.head, "--lang", request.lang, "--encoder", work.encoder(), "--epochs", str(epochs)]
    return ["init-config", work.path("config.cfg"), *options, *paths]


def _doctor(work: Work) -> list[str]:
    return ["doctor", work.path("config.cfg"), *work.request.settings]


def _train(work: Work) -> list[str]:
    return ["train", work.path("config.cfg"), "--output", work.path("training"), *work.request.settings]


def _resume(work: Work) -> Sequence[str]:
    return ["--resume"] if Path(work.path("training", STATE_FOLDER)).exists() else []


def _calibrate(work: Work) -> list[str]:
    thresholds = ["--thresholds"] if work.request.task in TUNED else []
    paths = [work.path("training", "model-best"), work.corpus(DEV), work.path("calibrated")]
    return ["calibrate", *paths, "--min-scored", str(MIN_SCORED), *thresholds]


def _evaluate(work: Work) -> list[str]:
    paths = [work.path("calibrated"), work.corpus(TEST)]
    return ["evaluate", *paths, "--output", work.path("report"), "--training", work.path("training")]


def _package(work: Work) -> list[str]:
    return ["package", work.path("calibrated"), work.path("packages"), "--name", work.request.package_name]


STEPS = (
    Step("convert", ["corpus"], _convert, reads=lambda request: request.data),
    Step("init-config", ["config.cfg"], _init_config),
    Step("doctor", [], _doctor),
    Step("train", ["training"], _train, resumes=_resume),
    Step("calibrate", ["calibrated"], _calibrate),
    Step("evaluate", ["report"], _evaluate),
    Step("package", ["packages"], _package),
)


def _count(path: Path) -> int:
    files = walk_corpus(path, ".spacy") if path.is_dir() else [path]
    return sum(len(DocBin().from_disk(file)) for file in files)
