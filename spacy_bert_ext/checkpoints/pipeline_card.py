"""The model card of a spaCy pipeline on the Hugging Face hub."""

from collections.abc import Mapping
from typing import Any

from spacy.util import get_lang_class, get_minor_version_range, split_requirement

from ..about import PACKAGE, __version__
from .card import scores_section
from .front_matter import front_matter

# The hub's tasks, by what components declare to assign.
_TASKS = {
    "doc.ents": "token-classification",
    "token.tag": "token-classification",
    "token.pos": "token-classification",
    "doc.cats": "text-classification",
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
    labels = {name: labels for name, labels in (meta.get("labels") or {}).items() if labels}
    if labels:
        lines += ["## Labels", "", "| component | labels |", "| --- | --- |"]
        lines += [f"| `{name}` | {_as_cell(labels)} |" for name, labels in labels.items()] + [""]
    lines += scores_section(meta)
    return "\n".join(lines)


def _tasks(config: Mapping[str, Any], lang: str) -> list[str]:
    """What the pipeline is for, as far as the factories of its components are installed."""
    language = get_lang_class(lang)
    factories = [block.get("factory") for block in config["components"].values()]
    assigned = [
        attribute
        for factory in factories
        if factory is not None and language.has_factory(factory)
        for attribute in language.get_factory_meta(factory).assigns
    ]
    return list(dict.fromkeys(_TASKS[attribute] for attribute in assigned if attribute in _TASKS))


def _requirement(meta: Mapping[str, Any]) -> str:
    """This package as the pipeline asks for it, with an extra if it is int8."""
    asked = [given for given in meta.get("requirements") or [] if split_requirement(given)[0] == PACKAGE]
    return next(iter(asked), f"{PACKAGE}{get_minor_version_range(__version__)}")


def _as_cell(labels: list[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels).replace("|", "\\|")
