"""Scores of several pipelines on the same data, side by side."""

from pathlib import Path

import srsly
import typer
from show_scores import SCORES, scores_file
from wasabi import msg


def main(
    folders: list[Path] = typer.Argument(..., help="Folders with dev.json and, if there, test.json"),
    output: Path = typer.Option(None, help="File for the table, in Markdown"),
) -> None:
    """Show a row for each folder, and how far each is from the first."""
    paths = [scores_file(folder) for folder in folders]
    if len({path.name for path in paths}) > 1:
        msg.fail(f"Scores on different data: {', '.join(map(str, paths))}", exits=1)
    table = table_of({folder.name: srsly.read_json(path) for folder, path in zip(folders, paths, strict=True)})
    print(f"Scores, percent ({paths[0].name}):\n\n{table}")
    if output is not None:
        output.parent.mkdir(parents=True, exist_ok=True)
        output.write_text(f"{table}\n", encoding="utf8")


def table_of(metrics: dict[str, dict]) -> str:
    """Markdown, of the scores that all have."""
    columns = {
        f"{title}, {name}": key
        for title, scores in SCORES.items()
        for name, key in scores.items()
        if all(found.get(key) is not None for found in metrics.values())
    }
    first = next(iter(metrics.values()))
    rows = [["", *columns], ["---", *["---:"] * len(columns)]]
    for i, (name, found) in enumerate(metrics.items()):
        cells = [f"{100 * found[key]:.1f}" for key in columns.values()]
        changes = [f" ({100 * (found[key] - first[key]):+.1f})" if i else "" for key in columns.values()]
        rows.append([name, *(cell + change for cell, change in zip(cells, changes, strict=True))])
    return "\n".join("| " + " | ".join(row) + " |" for row in rows)


if __name__ == "__main__":
    typer.run(main)
