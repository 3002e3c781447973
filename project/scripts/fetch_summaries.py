"""Download the BBC articles with their summaries, into one file of JSON lines."""

import io
import json
import sys
import zipfile
from pathlib import Path, PurePosixPath

import typer
from fetch_articles import N_ARTICLES, download
from wasabi import msg

URL = "https://codeload.github.com/Miguel-G-Soares/PRI_proj1/zip/04750a1fb35aa0e2111e85416e8f54c088cf366a"
FILE = "all.jsonl"
KINDS = {"News Articles": "text", "Summaries": "summary"}


def main(folder: Path = typer.Argument(..., help="Folder for all.jsonl")) -> None:
    """Download the articles and summaries, unless they are there."""
    path = folder / FILE
    if path.exists():
        msg.good(f"{path} is there")
        return
    rows = extract(download(URL, "The summaries"))
    if len(rows) != N_ARTICLES:
        msg.fail(f"{URL} holds {len(rows):,} articles with a summary, expected {N_ARTICLES:,}")
        sys.exit(1)
    folder.mkdir(parents=True, exist_ok=True)
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf8")
    msg.good(f"{path}: {len(rows):,} articles")


def extract(archive: bytes) -> list[dict[str, str]]:
    """`id`, `text` and `summary` of each article that has a summary.

    archive (bytes): A zip of `.../News Articles/<category>/<number>.txt` and `.../Summaries/<category>/<number>.txt`.
    """
    found: dict[str, dict[str, str]] = {}
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in files.namelist():
            parts = PurePosixPath(name).parts
            if len(parts) < 3 or parts[-3] not in KINDS or not name.endswith(".txt"):
                continue
            # One byte of the BBC's articles is no UTF-8.
            text = files.read(name).decode("utf-8-sig", errors="replace")
            found.setdefault("/".join(parts[-2:]), {})[KINDS[parts[-3]]] = text
    kinds = set(KINDS.values())
    return [{"id": name, **texts} for name, texts in sorted(found.items()) if texts.keys() == kinds]


if __name__ == "__main__":
    typer.run(main)
