"""What a training needs for its first step, made of a config and checked. `spacy bert doctor` begins like this, too."""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, NamedTuple

from spacy.language import Language
from spacy.schemas import ConfigSchemaTraining
from spacy.training import Example
from spacy.training.loop import create_evaluation_callback, create_train_batches
from spacy.util import registry, resolve_dot_names
from thinc.api import Config, fix_random_seed, set_gpu_allocator

from ...errors import Errors
from ...pipeline.answers import HeadAnswers, heads_of
from ...pipeline.evaluating import shown_pipe
from .first_epoch import FirstEpoch
from .kinds import Kind
from .missing_context import with_context_told
from .recorded_batches import RecordedBatches
from .run import Progress, Run

Corpus = Callable[[Language], Iterable[Example]]
Batcher = Callable[[Iterable[Example]], Iterable[list[Example]]]

# The lowest values of settings in [training] that spaCy takes as they come: below these it would stop after one step.
_LOWEST = {"eval_frequency": 1, "accumulate_gradient": 1, "patience": 0, "max_steps": 0, "max_epochs": -1}


class Beginning(NamedTuple):
    """A training before its first step.

    evaluate: Gives the score, and all scores by name.
    T: The [training] block, resolved.
    evaluates_last: See `Kind`.
    """

    run: Run
    evaluate: Callable[[], tuple[float, dict[str, Any]]]
    T: dict[str, Any]
    evaluates_last: bool = False


def begin(nlp: Language, kind: Kind, *, use_gpu: int = -1, max_dev_docs: int | None = None) -> Beginning:
    """Resolve [training] of an initialized pipeline, in spaCy's order.

    max_dev_docs (int): Evaluate on no more than so many Docs; None for all.
    RAISES (ValueError): A number out of its range, or an empty dev corpus. The train corpus is read, and its annotation
        checked, when the first batch is asked for.
    """
    config = nlp.config.interpolate()
    if kind.is_evaluated:
        _check_dev_corpus(nlp, config)  # before the seed is fixed: what is read here may draw random numbers
    if config["training"]["seed"] is not None:
        fix_random_seed(config["training"]["seed"])
    if use_gpu >= 0 and config["training"]["gpu_allocator"]:
        set_gpu_allocator(config["training"]["gpu_allocator"])
    T = registry.resolve(config["training"], schema=ConfigSchemaTraining)
    for setting, lowest in _LOWEST.items():
        if T[setting] < lowest:
            allowed = f"{lowest} or more"
            raise ValueError(Errors.B012.format(setting=f"training.{setting}", found=T[setting], allowed=allowed))
    train_corpus, dev_corpus = resolve_dot_names(config, [T["train_corpus"], T["dev_corpus"]])
    heads = [head for name, head in heads_of(nlp).items() if name not in T["frozen_components"]]
    first_epoch = FirstEpoch()
    batcher: Any = first_epoch.noting(
        _never_empty(T["batcher"])
    )  # spaCy's annotation has a batcher give Examples, not lists of them
    batches = create_train_batches(nlp, with_context_told(_checked(train_corpus, heads)), batcher, T["max_epochs"])
    run = Run(
        nlp,
        config,
        optimizer=T["optimizer"],
        batches=RecordedBatches(batches),
        progress=Progress(),
        before_to_disk=T["before_to_disk"],
        first_epoch=first_epoch,
    )
    if max_dev_docs is not None:
        dev_corpus = _limited(dev_corpus, max_dev_docs)
    evaluate = _shown_evaluation(nlp, dev_corpus, T["score_weights"])
    if not kind.is_evaluated:
        T["patience"] = 0
        evaluate = _no_scores
    return Beginning(run, evaluate, T, kind.evaluates_last)


def _no_scores() -> tuple[float, dict[str, Any]]:
    """All steps are as good: the last one is the best."""
    return 0.0, {}


def _check_dev_corpus(nlp: Language, config: Config) -> None:
    (corpus,) = resolve_dot_names(config, [config["training"]["dev_corpus"]])
    if next(iter(corpus(nlp)), None) is None:
        raise ValueError(Errors.B098)


def _checked(corpus: Corpus, heads: Iterable[HeadAnswers]) -> Corpus:
    """The corpus, whose annotation the heads look at: what they can't learn must not stop the training in its midst."""

    def read(nlp: Language) -> Iterator[Example]:
        for eg in corpus(nlp):
            for head in heads:
                head.check_gold(eg)
            yield eg

    return read


def _shown_evaluation(
    nlp: Language, corpus: Corpus, weights: dict[str, float]
) -> Callable[[], tuple[float, dict[str, Any]]]:
    """spaCy's evaluation, with a progress bar."""

    def evaluate() -> tuple[float, dict[str, Any]]:
        with shown_pipe(nlp, "Evaluating") as progress:

            def read(nlp: Language) -> list[Example]:
                examples = list(corpus(nlp))
                progress.total = len(examples)
                return examples

            return create_evaluation_callback(nlp, read, weights)()

    return evaluate


def _limited(corpus: Corpus, n_docs: int) -> Corpus:
    return lambda nlp: islice(corpus(nlp), n_docs)


def _never_empty(batcher: Batcher) -> Batcher:
    """The batcher, of which spaCy would otherwise ask for a first batch for ever."""

    def batch(examples: Iterable[Example]) -> Iterator[list[Example]]:
        n_batches = 0
        for n_batches, of_batch in enumerate(batcher(examples), start=1):
            yield of_batch
        if not n_batches:
            raise ValueError(Errors.B099)

    return batch
