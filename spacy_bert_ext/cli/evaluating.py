"""`spacy bert evaluate`: the report, and its scores on the console."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spacy.cli._util import import_code
from spacy.training.loop import DIR_MODEL_BEST, DIR_MODEL_LAST
from thinc.api import fix_random_seed
from wasabi import msg

from ..evaluation.curves.training_curves import TrainingCurves, training_curves
from ..evaluation.other_components import shown
from ..evaluation.page.files import PAGE_FILE, check_output, write_report
from ..evaluation.report import Report, evaluate
from ..training.corpora import read_examples
from ..training.log_file import LOG_FILE
from .loading import load_pipeline
from .reported import fail


def evaluate_to(
    pipeline: str,
    corpus: Path,
    output_path: Path,
    *,
    gpu_id: int,
    code_path: Path | None,
    n_mistakes: int,
    training: Path | None,
) -> None:
    """gpu_id (int): -1 leaves the encoders on the device of their settings."""
    import_code(code_path)
    fix_random_seed()
    try:
        check_output(output_path)
        curves = _curves(pipeline, training)
        nlp = load_pipeline(pipeline, gpu_id)
        report = evaluate(nlp, read_examples(corpus, nlp), n_mistakes=n_mistakes)
        write_report(report, output_path, curves)
    except (ValueError, OSError) as error:
        fail(str(error))
    _print(report)
    msg.good(f"{output_path / PAGE_FILE}")


def _curves(pipeline: str, training: Path | None) -> TrainingCurves | None:
    """Of the folder that is given, or of that of a `model-best` or `model-last`."""
    if training is None:
        folder = Path(pipeline)
        if folder.name not in (DIR_MODEL_BEST, DIR_MODEL_LAST) or not (folder.parent / LOG_FILE).is_file():
            return None
        training = folder.parent
    return training_curves(training)


def _print(report: Report) -> None:
    scores = report.scores
    print_scores(scores)
    msg.text(f"{scores['docs']} Docs, {scores['words_per_second']:,.0f} words/s")
    if scores["not_evaluated"]:
        msg.warn(f"Annotated nowhere in the corpus, and not evaluated: {', '.join(scores['not_evaluated'])}")
    if scores["unknown_spans"]:
        msg.warn(
            f"Keys of `doc.spans` that no component writes to: {_listed(scores['unknown_spans'])}",
            "A component writes to its `spans_key`, and is scored on gold spans of the same key.",
        )
    if scores["unknown_categories"]:
        msg.warn(
            f"Categories that no component predicts: {_listed(scores['unknown_categories'])}",
            "Docs without other annotations don't count, though their predictions may be wrong.",
        )


def print_scores(scores: Mapping[str, Any]) -> None:
    """A table of the scores of each component. scores (Mapping[str, Any]): Of a report."""
    rows = []
    if scores["entities"]:
        rows.append(("entities, F", scores["entities"]["micro"]))
    for key, part in scores["spans"].items():
        rows.append((f"spans {key}, F", part["micro"]))
        if part["nested"]["support"]:
            rows.append((f"spans {key}, nested, F", part["nested"]))
        rows += [(f"spans {key}, {name}, accuracy", row["micro"]) for name, row in part["attributes"].items()]
    for name, part in scores["categories"].items():
        rows.append((f"{name}, accuracy", part["micro"]) if part["exclusive"] else (f"{name}, macro F", part["macro"]))
    for name, part in scores["others"].items():
        rows += [(f"{name}, {score}", {"f": value, "f_interval": None}) for score, value in part["numbers"].items()]
        rows += [(f"{name}, {score}, F", {"f_interval": None, **row}) for score, row in part["prf"].items()]
    msg.table(
        [(name, shown(row["f"]), _range(row["f_interval"])) for name, row in rows],
        header=("", "%", "95 % interval"),
        aligns=("l", "r", "r"),
        divider=True,
    )


def _listed(docs: dict[str, int]) -> str:
    return ", ".join(f"{name} ({n_docs} Docs)" for name, n_docs in docs.items())


def _range(bounds: list[float] | None) -> str:
    return "" if bounds is None else f"{100 * bounds[0]:.1f} - {100 * bounds[1]:.1f}"
