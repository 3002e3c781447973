"""The model card of a spaCy pipeline on the Hugging Face hub."""

from collections.abc import Mapping

from spacy.util import get_minor_version_range

from ..about import __version__
from .card import scores_section
from .front_matter import front_matter

_TASKS = {
    "bert_ner": "token-classification",
    "bert_textcat": "text-classification",
    "bert_textcat_multilabel": "text-classification",
}


def pipeline_card(meta: Mapping, config: Mapping, repository: str) -> str:
    """Front matter and text.

    meta, config (Mapping): What `meta.json` and `config.cfg` of the pipeline hold.
    repository (str): "user/name".
    """
    factories = [block.get("factory") for block in config["components"].values()]
    tasks = dict.fromkeys(_TASKS[factory] for factory in factories if factory in _TASKS)
    fields = front_matter(meta, library_name="spacy", tags=["spacy", *tasks])
    lines = [fields, f"# {meta['lang']}_{meta['name']}", ""]
    if meta.get("description"):
        lines += [str(meta["description"]), ""]
    lines += [f"A spaCy pipeline: {', '.join(f'`{name}`' for name in meta['pipeline'])}.", ""]
    lines += ["```", f'pip install "spacy-bert-ext{get_minor_version_range(__version__)}" huggingface-hub', "```", ""]
    lines += ["```python", "import spacy", "from huggingface_hub import snapshot_download", ""]
    lines += [f'nlp = spacy.load(snapshot_download("{repository}"))', "```", ""]
    labels = {name: labels for name, labels in (meta.get("labels") or {}).items() if labels}
    if labels:
        lines += ["## Labels", "", "| component | labels |", "| --- | --- |"]
        lines += [f"| `{name}` | {_as_cell(labels)} |" for name, labels in labels.items()] + [""]
    lines += scores_section(meta)
    return "\n".join(lines)


def _as_cell(labels: list[str]) -> str:
    return ", ".join(f"`{label}`" for label in labels).replace("|", "\\|")
