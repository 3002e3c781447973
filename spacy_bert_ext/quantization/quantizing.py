"""A pipeline → the same with its encoder in int8, and a report on what that has changed."""

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.training import Example

from ..encoder.quantizing import calibration_batches, check_quantizes, quantize_encoder
from ..encoder.saved_checkpoint import SavedCheckpoint
from ..errors import Errors
from ..files.folder_bytes import temporary_folder
from ..files.folders import folder_megabytes
from ..pipeline.bert_encoder import BertEncoder
from ..runtime.progress import Bars
from ..training.corpora import read_examples
from .comparing import Agreement, agreements
from .judging import Scores, annotate, check_annotated, components_of, halves, score
from .refitting import Refitted, refit
from .speed import words_per_second
from .texts import as_encoder_sees_them, calibration_docs, readings_of

PERCENT = 100


class Change(NamedTuple):
    """A score, or the F-score of a label, of both pipelines; from 0 to 100.

    counts: Whether its loss is limited: scores by which a training chooses its best model are, those of labels not.
    """

    component: str
    name: str
    before: float
    after: float
    counts: bool

    @property
    def loss(self) -> float:
        return self.before - self.after


class Report(NamedTuple):
    """What quantising has changed.

    n_docs: That both pipelines were scored on.
    agreements: See there.
    heads: Temperatures and calibration, by component.
    megabytes, speeds: On disk, and words a second from text to annotated Doc; before and after.
    performance: All scores of the int8 pipeline, as meta.json has them.
    """

    backend: str
    n_docs: int
    n_texts: int
    changes: tuple[Change, ...]
    agreements: dict[str, Agreement]
    heads: dict[str, Refitted]
    megabytes: tuple[float, float]
    speeds: tuple[float, float]
    performance: dict[str, Any]

    @property
    def loss(self) -> float:
        """The largest loss that counts, in points of 100; below 0 if every score has risen."""
        return max(change.loss for change in self.changes if change.counts)


class Request(NamedTuple):
    """What is asked for.

    backend: One that computes in int8.
    calibrate, evaluate: .spacy files or folders: texts; annotated Docs that were not trained on.
    n_texts: Calibration texts, at most.
    refit: Whether heads get new temperatures.
    """

    backend: str
    calibrate: Path
    evaluate: Path
    n_texts: int
    seed: int
    refit: bool


def encoders_of(nlp: Language) -> dict[str, BertEncoder]:
    """The encoders that can be quantised.

    RAISES (ValueError): There are none, or they have no weights, or are int8 already.
    """
    encoders = {name: pipe for name, pipe in components_of(nlp) if isinstance(pipe, BertEncoder)}
    if not encoders:
        raise ValueError(Errors.B372.format(pipes=", ".join(nlp.pipe_names) or "nothing"))
    for name, encoder in encoders.items():
        checkpoint = encoder.shim.loaded.checkpoint  # which may be missing
        if isinstance(checkpoint, SavedCheckpoint) and checkpoint.made_from is not None:
            raise ValueError(Errors.B373.format(name=name))
    return encoders


def quantize(original: Language, nlp: Language, request: Request) -> Report:
    """Quantise the encoders of a pipeline, and compare it with another one that is as it was.

    original, nlp (Language): The same pipeline, loaded twice. The second one is changed. Both are moved to the CPU.
    RAISES (ValueError): Nothing to quantise, too few texts, nothing annotated, an architecture that can't be exported.
    RAISES (ImportError): A library that the back end needs is missing.
    """
    check_quantizes(request.backend)
    encoders = encoders_of(nlp)
    gold = [eg.reference for eg in read_examples(request.evaluate, original)]
    if len(gold) < 2:
        raise ValueError(Errors.B374.format(path=request.evaluate, found=len(gold)))
    check_annotated(original, gold)
    n_texts = 0
    for encoder in (*encoders_of(original).values(), *encoders.values()):
        encoder.to("cpu")  # where int8 is made, and computes
    for name, encoder in encoders.items():
        # Anew for each, since components before it may change them.
        docs = calibration_docs(request.calibrate, nlp, request.n_texts, request.seed)
        n_texts = len(docs)
        docs = as_encoder_sees_them(nlp, encoder, docs)
        readings = readings_of(nlp, encoder, docs)
        batches = calibration_batches(encoder.shim, docs if encoder.reads_docs else [], readings=readings)
        with closing(Bars()) as progress:
            quantize_encoder(encoder.shim, request.backend, batches, progress=progress)
        _set_backend(nlp.get_pipe_config(name)["model"], request.backend)
    return _compare(original, nlp, request, n_texts)


def _set_backend(model: dict[str, Any], backend: str) -> None:
    """In the config of an encoder's model, which is saved. A device that was named is no longer where it computes."""
    model["backend"] = backend
    if model.get("device", "auto") != "auto":
        model["device"] = "cpu"


def _compare(original: Language, nlp: Language, request: Request, n_texts: int) -> Report:
    before = [annotate(original, part, "Scoring the pipeline") for part in _parts(original, request)]
    after = [annotate(nlp, part, "Scoring int8") for part in _parts(nlp, request)]
    heads = refit(nlp, before, after, change=request.refit)
    if any(head.temperature != head.temperature_before for head in heads.values()):
        after = [annotate(nlp, part, "Scoring int8 again") for part in _parts(nlp, request)]
    old, new = ([eg for part in parts for eg in part.examples] for parts in (before, after))
    old_docs, new_docs = ([eg.predicted for eg in examples] for examples in (old, new))
    scores = score(nlp, new)
    first, second = words_per_second([original, nlp], old_docs)
    return Report(
        backend=request.backend,
        n_docs=len(old),
        n_texts=n_texts,
        changes=tuple(_changes(score(original, old), scores)),
        agreements=agreements(nlp, old_docs, new_docs),
        heads=heads,
        megabytes=(_megabytes(original), _megabytes(nlp)),
        speeds=(first, second),
        performance=scores.all,
    )


def _parts(nlp: Language, request: Request) -> tuple[list[Example], list[Example]]:
    """Docs to be annotated: always the same, in the same order."""
    return halves(read_examples(request.evaluate, nlp), request.seed)


def _changes(before: Scores, after: Scores) -> Iterator[Change]:
    for component, scores in before.counting.items():
        for name, value in scores.items():
            yield _change(component, name, value, after.counting[component][name], counts=True)
        labels, others = before.labels.get(component, {}), after.labels.get(component, {})
        for label, value in labels.items():
            if label in others:
                yield _change(component, label, value, others[label], counts=False)


def _change(component: str, name: str, before: float, after: float, *, counts: bool) -> Change:
    return Change(component, name, before=PERCENT * before, after=PERCENT * after, counts=counts)


def _megabytes(nlp: Language) -> float:
    with temporary_folder() as folder:
        nlp.to_disk(folder)
        return folder_megabytes(folder)
