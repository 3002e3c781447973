"""The model card of a checkpoint that was pre-trained: README.md with the fields that the Hugging Face hub reads."""

from collections.abc import Mapping
from typing import Any

from ..checkpoints.front_matter import front_matter

# Scores by how the card calls them, and how it writes them.
_SCORES = {
    "mlm_cross_entropy": ("cross-entropy (nats)", "{:.3f}"),
    "mlm_accuracy": ("accuracy", "{:.1%}"),
    "mlm_perplexity": ("perplexity", "{:.2f}"),
    "nsp_accuracy": ("next sentence", "{:.1%}"),
}


def checkpoint_card(figures: Mapping[str, Any]) -> str:
    """Front matter and text.

    figures (Mapping[str, Any]): See `figures_of`.
    """
    meta = {"lang": figures["language"], "license": figures["licence"] or "unknown"}
    fields: dict[str, Any] = {"library_name": "transformers", "pipeline_tag": "fill-mask"}
    if figures["checkpoint"]:
        fields["base_model"] = figures["checkpoint"]
    lines = [front_matter(meta, tags=["spacy", "spacy-bert-ext"], **fields)]
    lines += [f"# {figures['architecture']} trained on {figures['texts'] or 'raw text'}", "", _what_it_is(figures), ""]
    lines += _usage()
    lines += [
        "## Training",
        "",
        "| | |",
        "| --- | --- |",
        *(f"| {name} | {told} |" for name, told in _rows(figures)),
        "",
    ]
    lines += _scores(figures)
    versions = ", ".join(f"{name} {number}" for name, number in figures["versions"].items())
    lines += [f"Made with {versions}. `pretraining.json` has all settings and evaluations.", ""]
    return "\n".join(lines)


def _what_it_is(figures: Mapping[str, Any]) -> str:
    if figures["random_weights"]:
        origin = "trained from random weights"
    elif figures["checkpoint"]:
        origin = f"the checkpoint `{figures['checkpoint']}`, trained further"
    else:
        origin = "a checkpoint that was trained further"
    return f"A masked language model: {origin} on raw text by `python -m spacy bert pretrain`."


def _usage() -> list[str]:
    return [
        "## Use",
        "",
        "`FOLDER` is this folder, or its name on the Hugging Face hub. As the encoder of a spaCy pipeline:",
        "",
        "```",
        "python -m spacy bert init-config config.cfg --task ner --encoder FOLDER",
        "```",
        "",
        "In transformers:",
        "",
        "```python",
        "from transformers import pipeline",
        "",
        'fill = pipeline("fill-mask", model="FOLDER")',
        "```",
        "",
    ]


def _rows(figures: Mapping[str, Any]) -> list[tuple[str, str]]:
    rows = [("texts", figures["texts"] or "not known"), ("words seen", f"{figures['words']:,}")]
    rows += [("passes begun", str(figures["passes"])), ("steps", f"{figures['steps']:,}")]
    rows.append(("pieces of a window", str(figures["encoder"]["window_pieces"])))
    objective = figures["objective"]
    if "mask_share" in objective:
        by = "whole tokens" if objective.get("mask_by") == "token" else "pieces"
        rows.append(("masked", f"{objective['mask_share']:.0%}, by {by}"))
    if {"masked", "random"} <= objective.keys():
        masked, random = objective["masked"], objective["random"]
        kept = max(0.0, 1 - masked - random)
        rows.append(("of these", f"{masked:.0%} the mask piece, {random:.0%} another piece, {kept:.0%} as it is"))
    if figures["encoder"]["lora_rank"]:
        rows.append(("LoRA rank", str(figures["encoder"]["lora_rank"])))
    return rows


def _scores(figures: Mapping[str, Any]) -> list[str]:
    """Those of the first evaluation and of the last one."""
    evaluations = [found for found in figures["evaluations"] if not _SCORES.keys().isdisjoint(found)]
    if not evaluations:
        return ["It was not evaluated: there was no held-out text.", ""]
    ends = [evaluations[0], *evaluations[1:][-1:]]
    shown = {name: how for name, how in _SCORES.items() if name in ends[-1]}
    lines = ["## Scores", "", f"On held-out text ({figures['held_out']}), with the same masks each time.", ""]
    lines += [f"| after step | {' | '.join(heading for heading, _ in shown.values())} |"]
    lines += [f"| ---: |{' ---: |' * len(shown)}"]
    for found in ends:
        cells = [form.format(found.get(name, float("nan"))) for name, (_, form) in shown.items()]
        lines.append(f"| {found['step'] + 1:,} | {' | '.join(cells)} |")
    return [*lines, ""]
