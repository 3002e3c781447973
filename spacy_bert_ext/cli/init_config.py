"""`spacy bert init-config`: a complete, commented training config."""

import json
from collections.abc import Sequence
from pathlib import Path

from spacy.cli._util import import_code
from spacy.language import Language
from wasabi import msg

from ..errors import Errors
from .configs.complete import ENCODER_FACTORY, PRETRAINING_FACTORY, complete_config, factory_names
from .configs.writing import write_config

SENTENCIZER, SENTENCES = "sentencizer", "doc.sents"  # of spaCy: a factory, and what others require
HEAD_PREFIX = "bert_"  # of factories: `bert_<task>`
PRETRAIN = "pretrain"
# Tasks that are called otherwise than one factory.
NAMED_TASKS = {"joint": ("ner", "textcat"), PRETRAIN: ("pretraining",)}


def init_config_to(
    output_path: str,
    task: str,
    component: Sequence[str],
    encoder: str,
    *,
    lang: str,
    code_path: Path | None,
    force: bool,
) -> None:
    """Write a config to a file, or with "-" to standard output."""
    import_code(code_path)
    try:
        text = make_config(component or task_components(task), encoder, lang)
    except (ImportError, ValueError) as error:
        msg.fail(str(error), exits=1)
    write_config(output_path, text, force)
    if output_path != "-":
        code = f" --code {code_path}" if code_path else ""
        print("\n".join(_next_steps(output_path, code, pretrains=task == PRETRAIN and not component)))


def _next_steps(path: str, code: str, *, pretrains: bool) -> list[str]:
    if not pretrains:
        rest = f"--paths.train train.spacy --paths.dev dev.spacy{code}"
        return [
            f"Check it:  python -m spacy bert doctor {path} {rest}",
            f"Train:     python -m spacy bert train {path} --output training {rest}",
        ]
    rest = f"--paths.raw_text raw.txt --paths.raw_dev raw_dev.txt{code}"
    return [
        f"Check it:  python -m spacy bert doctor {path} {rest}",
        f"Pretrain:  python -m spacy bert pretrain {path} --output pretraining {rest}",
        "Fine-tune: python -m spacy bert init-config ner.cfg --task ner --encoder pretraining/model-best",
    ]


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


def make_config(components: Sequence[str], encoder: str, lang: str) -> str:
    """The config's text. It parses, and `spacy debug config` passes once the paths are set.

    components (Sequence[str]): Factories of the heads. Where one requires sentences, a `sentencizer` comes first, in
        training too.
    RAISES: As `complete_config`.
    """
    before = [SENTENCIZER] if any(_needs_sentences(component) for component in components) else []
    sections: dict[str, dict[str, object]] = {
        "paths": {"encoder": encoder},
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
    return complete_config("\n".join(lines))


def _needs_sentences(factory: str) -> bool:
    """Of a factory that does not exist, something else will tell."""
    return factory in factory_names() and SENTENCES in Language.get_factory_meta(factory).requires
