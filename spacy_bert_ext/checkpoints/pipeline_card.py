"""The model card of a spaCy pipeline on the Hugging Face hub."""

import json
from collections.abc import Iterable, Mapping
from typing import Any

import spacy
from spacy.util import get_lang_class, get_minor_version_range, split_requirement

from ..about import PACKAGE, __version__
from .card import scores_section
from .front_matter import front_matter

# The hub's tasks, by what components declare to assign.
_TASKS = {
    "doc.ents": "token-classification",
    "doc.spans": "token-classification",
    "token.tag": "token-classification",
    "token.pos": "token-classification",
    "doc.cats": "text-classification",
    "doc._.pair_score": "text-ranking",
}


def pipeline_card(meta: Mapping[str, Any], config: Mapping[str, Any], repository: str) -> str:
    """Front matter and text.

    meta, config (Mapping[str, Any]): What `meta.json` and `config.cfg` of the pipeline hold.
    repository (str): "user/name".
    """
    fields = front_matter(meta, library_name="spacy", tags=["spacy", *_tasks(config, meta["lang"])])
    lines = [fields, f"# {meta['lang']}_{meta['name']}", ""]
    if meta.get("description"):
        lines += [str(meta["description"]), ""]
    lines += [f"A spaCy pipeline: {', '.join(f'`{name}`' for name in meta['pipeline'])}.", ""]
    if meta.get("notes"):
        lines += [str(meta["notes"]), ""]
    lines += ["```", f'pip install "{_requirement(meta)}" huggingface-hub', "```", ""]
    lines += ["```python", "import spacy", "from huggingface_hub import snapshot_download", ""]
    lines += [f'nlp = spacy.load(snapshot_download("{repository}"))', "```", ""]
    lines += _span_groups(config, meta["lang"])
    labels = {name: labels for name, labels in (meta.get("labels") or {}).items() if labels}
    if labels:
        lines += ["## Labels", "", "| component | labels |", "| --- | --- |"]
        lines += [f"| `{name}` | {_as_cell(labels)} |" for name, labels in labels.items()] + [""]
    lines += scores_section(meta)
    return "\n".join(lines)


# Of components whose answers are spans like any others.
_TASKS_OF_FACTORIES = {"bert_qa": "question-answering"}


def _tasks(config: Mapping[str, Any], lang: str) -> list[str]:
    """What the pipeline is for, as far as the factories of its components are installed."""
    found: list[str] = []
    for name, assigned in _assigned(config, lang).items():
        own = _TASKS_OF_FACTORIES.get(config["components"][name]["factory"])
        found += [_TASKS[attribute] for attribute in assigned if attribute in _TASKS] if own is None else [own]
    return list(dict.fromkeys(found))


def _span_groups(config: Mapping[str, Any], lang: str) -> list[str]:
    """Lines that tell where spans are found; none if no component sets any."""
    keys = {
        name: config["components"][name].get("spans_key")
        for name, assigned in _assigned(config, lang).items()
        if "doc.spans" in assigned
    }
    lines = [f"- `{name}`: `doc.spans[{json.dumps(key)}]`" for name, key in keys.items() if isinstance(key, str)]
    return ["## Spans", "", *lines, ""] if lines else []


def _assigned(config: Mapping[str, Any], lang: str) -> dict[str, Iterable[str]]:
    """What each component declares to assign, if its factory is installed."""
    spacy.blank("xx")  # registers the factories of spaCy and of all packages
    language = get_lang_class(lang)
    factories = {name: block.get("factory") for name, block in config["components"].items()}
    return {
        name: language.get_factory_meta(factory).assigns
        for name, factory in factories.items()
        if factory is not None and language.has_factory(factory)
    }


def _requirement(meta: Mapping[str, Any]) -> str:
    """This package as the pipeline asks for it, with an extra if it is int8."""
    asked = [given for given in meta.get("requirements") or [] if split_requirement(given)[0] == PACKAGE]
    return next(iter(asked), f"{PACKAGE}{get_minor_version_range(__version__)}")


def _as_cell(labels: list[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels).replace("|", "\\|")
