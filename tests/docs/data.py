"""Data that readers of a page have."""

import csv
from pathlib import Path

ADJECTIVES = {"positive": ("charming", "clever", "moving", "funny"), "negative": ("dull", "tired", "clumsy", "bleak")}
THINGS = ("film", "story", "comedy", "thriller", "cast", "ending", "script", "drama")


def write_reviews(path: str) -> None:
    """A table of short reviews with the columns `text` and `label`."""
    with Path(path).open("w", encoding="utf8", newline="") as file:
        rows = csv.writer(file)
        rows.writerow(("text", "label"))
        for label, adjectives in ADJECTIVES.items():
            for adjective in adjectives:
                rows.writerows((f"A {adjective} {thing}, all in all.", label) for thing in THINGS)
