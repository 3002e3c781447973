"""The model card of a checkpoint: README.md with the fields that the Hugging Face hub reads."""

from collections.abc import Mapping, Sequence
from typing import Any

from spacy.language import Language

from ..pipeline.bert_head import BertHead
from ..pipeline.pairs.given import PAIR
from .front_matter import front_matter


def model_card(nlp: Language, head: BertHead, architecture: str, task: str) -> str:
    """Front matter and text.

    architecture (str): The class of transformers that opens it.
    task (str): As the hub names it, such as "token-classification".
    """
    meta = nlp.meta
    fields = front_matter(meta, library_name="transformers", pipeline_tag=task, tags=["spacy"])
    lines = [fields, f"# {meta.get('name') or head.name}", ""]
    if meta.get("description"):
        lines += [str(meta["description"]), ""]
    lines += [f"`{architecture}`, exported from the component `{head.name}` of a spaCy pipeline.", ""]
    if PAIR in head.given:
        lines += ["It was trained on pairs of texts: give it `tokenizer(first, second)`.", ""]
    labels: Sequence[str] = getattr(head, "labels", ())
    if labels:
        lines += ["## Labels", "", ", ".join(f"`{label}`" for label in labels), ""]
    lines += scores_section(meta)
    return "\n".join(lines)


def scores_section(meta: Mapping[str, Any]) -> list[str]:
    """Lines of a section with the scores of a pipeline's meta data that are single numbers; none without any."""
    performance = meta.get("performance") or {}
    numbers = {name: value for name, value in performance.items() if isinstance(value, float) and "loss" not in name}
    if not numbers:
        return []
    rows = [f"| {name} | {value:.4f} |" for name, value in numbers.items()]
    heading = ["## Scores", "", "On the data that the pipeline was evaluated with in training.", ""]
    return [*heading, "| score | value |", "| --- | ---: |", *rows, ""]
