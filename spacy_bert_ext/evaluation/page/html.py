"""The report as one HTML page that needs nothing else."""

from collections.abc import Sequence
from typing import Any

from markupsafe import Markup

from ...pages.environment import page_environment
from ..curves.drawing import panel_svg
from ..curves.training_curves import TrainingCurves
from ..mistakes import Excerpt
from ..other_components import main_score, shown
from ..report import Report
from . import plots
from .excerpts import has_overlaps, render_excerpt

# Light enough for black text.
COLOURS = ("#a6cee3", "#b2df8a", "#fdbf6f", "#cab2d6", "#fbb4ae", "#f0e199", "#9edae5", "#e7cb94", "#c7e9c0", "#f7b6d2")
N_OPEN = 10  # mistakes that are seen without a click
MAX_CONFUSED = 20  # labels of a confusion matrix that are shown
KIND_NAMES = {
    "correct": "correct",
    "type": "wrong type",
    "boundary": "wrong boundary",
    "boundary_and_type": "wrong boundary and type",
    "missed": "missed",
    "spurious": "spurious",
}
MEANINGS = {
    "correct": "the same tokens and label",
    "type": "the same tokens, another label",
    "boundary": "tokens that overlap, the same label",
    "boundary_and_type": "tokens that overlap, another label",
    "missed": "gold only",
    "spurious": "predicted only",
}
MEASURES = {
    "strict": "tokens and label",
    "exact": "tokens, with any label",
    "partial": "tokens, with any label; tokens that overlap count half",
    "type": "label, where tokens overlap",
}


def render_page(report: Report, curves: TrainingCurves | None = None) -> str:
    """curves (TrainingCurves): Of the pipeline's training, if they are known.

    RETURNS (str): HTML5, without scripts, links or anything else that would be fetched."""
    environment = page_environment("spacy_bert_ext.evaluation.page")
    environment.filters.update(percent=percent, share_or_count=shown, interval=interval, number=number, shade=shade)
    sections = [report.scores["entities"] or {"per_label": {}}, *report.scores["spans"].values()]
    labels = dict.fromkeys(label for section in sections for label in section["per_label"])
    colours = {label: COLOURS[i % len(COLOURS)] for i, label in enumerate(labels)}

    def marked(excerpt: Excerpt, in_layers: bool) -> Markup:
        return render_excerpt(excerpt, colours, report.scores["pipeline"]["direction"], in_layers=in_layers)

    return environment.get_template("page.html").render(
        report=report,
        scores=report.scores,
        plots=plots,
        kinds=KIND_NAMES,
        meanings=MEANINGS,
        measures=MEASURES,
        marked=marked,
        has_overlaps=has_overlaps,
        shown_confusion=shown_confusion,
        main_score=main_score,
        n_open=N_OPEN,
        curves=curves,
        panel_svg=panel_svg,
    )


def shown_confusion(confusion: dict[str, Any]) -> dict[str, Any]:
    """The matrix, cut to the labels that are confused most often; how many there are; and the pairs of two labels.

    RETURNS (dict): `labels` (None: none), `counts`, `n_labels`, and `pairs`: (gold, predicted, count), the most
        frequent first.
    """
    labels, counts = confusion["labels"], confusion["counts"]
    sums = [sum(row) + sum(other[i] for other in counts) for i, row in enumerate(counts)]
    occurring = [i for i in range(len(labels) - 1) if sums[i]]
    confused = sorted(occurring, key=lambda i: (2 * counts[i][i] - sums[i], -sums[i]))
    places = sorted(confused[:MAX_CONFUSED]) + ([len(labels) - 1] if sums[-1] else [])
    pairs = [
        (gold, predicted, counts[i][j])
        for i, gold in enumerate(labels[:-1])
        for j, predicted in enumerate(labels[:-1])
        if i != j and counts[i][j]
    ]
    return {
        "labels": [labels[i] for i in places],
        "counts": [[counts[i][j] for j in places] for i in places],
        "n_labels": len(occurring),
        "pairs": sorted(pairs, key=lambda pair: -pair[2]),
    }


def percent(value: float | None) -> str:
    return "–" if value is None else f"{100 * value:.1f}"


def interval(bounds: Sequence[float] | None) -> str:
    return "" if bounds is None else f"{100 * bounds[0]:.1f}–{100 * bounds[1]:.1f}"


def number(value: float) -> str:
    return f"{value:,.0f}"


def shade(count: int, row: Sequence[int]) -> str:
    """How dark a cell is: its share of its row."""
    return f"{count / max(1, sum(row)):.3f}"
