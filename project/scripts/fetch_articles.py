"""Download the BBC articles: one file each, in a folder for each category."""

import io
import sys
import urllib.error
import urllib.request
import zipfile
from pathlib import Path, PurePosixPath

import typer
from wasabi import msg

URL = "https://codeload.github.com/dejanbatanjac/bbc-article-classify-bert/zip/8265dc84e88b82b87ce7f5b2df5bbbb1159ae922"
N_ARTICLES = 2225
TIMEOUT = 60  # seconds


def main(folder: Path = typer.Argument(..., help="Folder for the articles")) -> None:
    """Download the articles, unless they are there."""
    if len(list(folder.glob("*/*.txt"))) == N_ARTICLES:
        msg.good(f"{folder}: {N_ARTICLES:,} articles are there")
        return
    n_articles = extract(download(URL, "The BBC articles"), folder)
    if n_articles != N_ARTICLES:
        msg.fail(f"{URL} holds {n_articles:,} articles, expected {N_ARTICLES:,}")
        sys.exit(1)
    msg.good(f"{folder}: {n_articles:,} articles")


def download(url: str, what: str) -> bytes:
    """An error ends the program."""
    try:
        with urllib.request.urlopen(url, timeout=TIMEOUT) as response:
            return response.read()
    except (urllib.error.URLError, TimeoutError) as error:
        msg.fail(f"{what} could not be downloaded from {url}: {error}")
        sys.exit(1)


def extract(archive: bytes, folder: Path) -> int:
    """Write `<folder>/<category>/<number>.txt` for each `.../bbc/<category>/<number>.txt` of a zip archive.

    RETURNS (int): How many there were.
    """
    n_articles = 0
    with zipfile.ZipFile(io.BytesIO(archive)) as files:
        for name in files.namelist():
            parts = PurePosixPath(name).parts
            if len(parts) < 3 or parts[-3] != "bbc" or parts[-2] == ".." or not parts[-1].endswith(".txt"):
                continue
            target = folder / parts[-2] / parts[-1]
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(files.read(name))
            n_articles += 1
    return n_articles


if __name__ == "__main__":
    typer.run(main)
