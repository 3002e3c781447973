"""Partial configs of tasks, and their completion: what `init-config` writes."""

import json
from collections.abc import Mapping, Sequence

from spacy.language import Language

from ...errors import Errors
from .complete import ENCODER_FACTORY, PRETRAINING_FACTORY, complete_config, factory_names

SENTENCIZER, SENTENCES = "sentencizer", "doc.sents"  # of spaCy: a factory, and what others require
HEAD_PREFIX = "bert_"  # of factories: `bert_<task>`
PRETRAIN = "pretrain"
# Tasks that are called otherwise than one factory.
NAMED_TASKS = {"joint": ("ner", "textcat"), PRETRAIN: ("pretraining",)}


def task_components(task: str) -> list[str]:
    """Factories of the heads for a task; that of the task X is `bert_X`, in this package and in others.

    RAISES (ValueError): There is no such factory.
    """
    tasks = [name.removeprefix(HEAD_PREFIX) for name in factory_names() if name.startswith(HEAD_PREFIX)]
    no_tasks = {ENCODER_FACTORY, PRETRAINING_FACTORY}
    tasks = sorted({*tasks, *NAMED_TASKS} - {name.removeprefix(HEAD_PREFIX) for name in no_tasks})
    if task not in tasks:
        raise ValueError(Errors.B010.format(found=task, setting="--task", allowed=", ".join(tasks)))
    return [f"{HEAD_PREFIX}{one}" for one in NAMED_TASKS.get(task, (task,))]


def make_config(
    components: Sequence[str],
    encoder: str,
    lang: str,
    *,
    paths: Mapping[str, object] | None = None,
    more: str = "",
) -> str:
    """The config's text. It parses, and `spacy debug config` passes once the paths are set.

    components (Sequence[str]): Factories of the heads. Where one requires sentences, a `sentencizer` comes first, in
        training too.
    paths (Mapping[str, object]): For [paths], besides the encoder's.
    more (str): Text of a partial config that is to hold besides.
    RAISES: As `complete_config`.
    """
    before = [SENTENCIZER] if any(_needs_sentences(component) for component in components) else []
    sections: dict[str, dict[str, object]] = {
        "paths": {**(paths or {}), "encoder": encoder},
        "nlp": {"lang": lang, "pipeline": [*before, ENCODER_FACTORY, *components]},
    }
    if before:
        sections["training"] = {"annotating_components": before}
        # It learns nothing, and training data of other tasks seldom has sentences to compare with.
        sections["training.score_weights"] = dict.fromkeys(
            Language.get_factory_meta(SENTENCIZER).default_score_weights or ()
        )
    lines = []
    for section, settings in sections.items():
        lines += [f"[{section}]", *(f"{key} = {json.dumps(value)}" for key, value in settings.items())]
    return complete_config("\n".join([*lines, more]))


def _needs_sentences(factory: str) -> bool:
    """Of a factory that does not exist, something else will tell."""
    return factory in factory_names() and SENTENCES in Language.get_factory_meta(factory).requires
