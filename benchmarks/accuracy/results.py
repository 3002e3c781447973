"""`results/accuracy.json`: one row for each run."""

import json

from measure import RESULTS, describe_machine

# data, contender, seed, epochs, scores (percent, by name), minutes of training and prediction, command
Row = dict
PATH = RESULTS / "accuracy.json"


def saved_rows() -> list[Row]:
    return json.loads(PATH.read_text(encoding="utf8"))["rows"] if PATH.exists() else []


def save_row(row: Row) -> None:
    """Add a row, in the place of an older one of the same data, contender and seed."""
    rows = [old for old in saved_rows() if _key(old) != _key(row)]
    rows.append({**row, "machine": describe_machine()})
    PATH.parent.mkdir(exist_ok=True)
    PATH.write_text(json.dumps({"rows": sorted(rows, key=_key)}, indent=2) + "\n", encoding="utf8")


def _key(row: Row) -> tuple[str, str, int]:
    return row["data"], row["contender"], row["seed"]
