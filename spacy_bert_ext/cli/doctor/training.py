"""Whether config, checkpoint and corpora make a training."""

import warnings
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import Any

from spacy.language import Language
from spacy.schemas import ConfigSchemaTraining
from spacy.training import Example
from spacy.training.initialize import init_nlp
from spacy.util import registry, resolve_dot_names
from thinc.api import Config
from wasabi import msg

from ...pipeline.answers import answers, heads_of
from ...pretraining.parts import has_held_out_text, parts_of
from ...runtime.progress import counted, working
from ...training.resuming.kinds import ORDINARY
from ..configs.corpus_paths import check_corpus_paths
from ..configs.reading import read_training_config
from ..input_errors import INPUT_ERRORS, told
from ..reported import show
from .encoders import encoders_of, examine_checkpoint, examine_lengths
from .labels import examine_gold
from .pretraining import examine_language_model, tell_pass
from .steps import Length, tell_duration, tell_epochs
from .trial import MAX_DEV_DOCS, begin_training

MAX_STREAMED_DOCS = 1000  # of a corpus that may have no end


def examine_training(path: Path, overrides: dict[str, Any]) -> bool:
    """Print a report. RETURNS (bool): Whether the training can begin."""
    msg.divider("Config")
    try:
        with working("Initializing the pipeline"):
            nlp = _initialized(path, overrides)
    except INPUT_ERRORS as error:
        show(msg.fail, "The training can't begin", told(error))
        return False
    msg.good(f"{path} is valid: {', '.join(nlp.pipe_names)}")
    config = nlp.config.interpolate()  # before the trial: what is done to be saved may change it
    trial, failure = None, ""
    parts = parts_of(nlp)
    is_evaluated = parts is None or has_held_out_text(config)
    try:
        with working("Taking a first step"), warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r"\[B554\]")  # told below, of each corpus
            trial = begin_training(nlp, replace(ORDINARY, is_evaluated=is_evaluated))
    except INPUT_ERRORS as error:
        failure = told(error)
    T = registry.resolve(config["training"], schema=ConfigSchemaTraining)
    corpora = _report(nlp, config, T, ("train", "dev") if is_evaluated else ("train",))
    if parts is not None:
        examine_language_model(parts)
    msg.divider("Training")
    if trial is None:
        show(msg.fail, "The training can't begin", failure)
        return False
    msg.good(
        "The training can begin",
        f"A first step (loss {trial.loss:.2f}) and an evaluation of at most {MAX_DEV_DOCS} Docs took "
        f"{trial.seconds:.1f} s.",
    )
    if not is_evaluated:
        msg.info(
            "No held-out text: nothing is measured, and there is no early stop",
            "`--paths.raw_dev` names some.",
        )
    elif trial.missing:
        msg.warn(
            f"The best model is chosen by scores that the evaluation has not given: {', '.join(trial.missing)}",
            "They count as 0. Annotate the dev corpus, or change [training.score_weights]: null takes a score out, and "
            "those of spans are called after their key, such as `spans_sc_f`.",
        )
    if parts is not None:
        tell_pass(nlp, config, T)
    n_steps = tell_epochs(corpora.get("train", []), T)
    tell_duration(Length(n_steps, len(corpora.get("dev", ()))), trial.times, T)
    return True


def _initialized(path: Path, overrides: dict[str, Any]) -> Language:
    config = read_training_config(path, overrides)
    check_corpus_paths(config)
    return init_nlp(config)


def _report(nlp: Language, config: Config, T: Mapping[str, Any], parts: Sequence[str]) -> dict[str, list[Example]]:
    """Print what explains how a training would go.

    parts (Sequence[str]): The corpora that there are: "train", "dev".
    RETURNS (Dict[str, List[Example]]): The corpora."""
    encoders = list(encoders_of(nlp))
    if not encoders:
        msg.warn("The pipeline has no `bert_encoder`", "Add one, or use a config of `spacy bert init-config`.")
    for name, encoder in encoders:
        examine_checkpoint(name, encoder)
    corpora = _read(nlp, config, T, parts)
    for part, examples in corpora.items():
        msg.divider(f"Corpus: {part}")
        for name, encoder in encoders:
            if len(encoders) > 1:
                msg.text(f"{name}:")
            examine_lengths(encoder, examples)
    for name, head in heads_of(nlp).items():
        if not answers(head, "language_model"):  # which needs no annotation
            examine_gold(name, head, corpora, learns=name not in T["frozen_components"])
    return corpora


def _read(nlp: Language, config: Config, T: Mapping[str, Any], parts: Sequence[str]) -> dict[str, list[Example]]:
    """The Docs of the corpora, if they can be read and there are any."""
    corpora = {}
    for part in parts:
        limit = MAX_STREAMED_DOCS if part == "train" and T["max_epochs"] == -1 else None
        try:
            (reader,) = resolve_dot_names(config, [T[f"{part}_corpus"]])
            examples = list(counted(islice(reader(nlp), limit), f"Reading the {part} corpus"))
        except INPUT_ERRORS as error:
            show(msg.fail, f"Can't read the {part} corpus", told(error))
            continue
        if len(examples) == limit:
            msg.info(f"The {part} corpus is streamed", f"The following is about its first {limit} Docs.")
        if examples:
            corpora[part] = examples
    return corpora
