"""The scores that matter, out of what `spacy evaluate` wrote."""

from pathlib import Path

import srsly
import typer
from wasabi import msg

# Each document has one category, and one is predicted: the micro-averaged F is the accuracy.
SCORES = {
    "Categories": {"accuracy": "cats_micro_f", "macro F": "cats_macro_f"},
    "Entities": {"P": "ents_p", "R": "ents_r", "F": "ents_f"},
    "Answers": {"exact": "qa_em", "F1": "qa_f1"},
    "Summaries": {
        "sentences P": "summary_sents_p",
        "R": "summary_sents_r",
        "F": "summary_sents_f",
        "ROUGE-1": "summary_rouge1",
        "ROUGE-2": "summary_rouge2",
        "ROUGE-L": "summary_rougeL",
    },
    "Spans": {"P": "spans_sc_p", "R": "spans_sc_r", "F": "spans_sc_f"},
}


def main(folder: Path = typer.Argument(..., help="Folder with dev.json and, if there, test.json")) -> None:
    """Show the test scores, or those on dev where there is no test split."""
    path = scores_file(folder)
    print("\n".join([f"Scores, percent ({path}):", *score_lines(srsly.read_json(path))]))


def scores_file(folder: Path) -> Path:
    """The file with the test scores, else with those on dev. If there is none, the program ends."""
    path = next((folder / name for name in ("test.json", "dev.json") if (folder / name).exists()), None)
    if path is None:
        msg.fail(f"No test.json or dev.json in {folder}", exits=1)
    return path


def score_lines(metrics: dict) -> list[str]:
    lines = []
    for title, scores in SCORES.items():
        found = [f"{name} {100 * metrics[key]:.1f}" for name, key in scores.items() if metrics.get(key) is not None]
        if found:
            lines.append(f"  {title:<12}{'   '.join(found)}")
    return lines


if __name__ == "__main__":
    typer.run(main)
