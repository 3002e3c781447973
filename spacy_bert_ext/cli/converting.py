"""What `spacy bert convert` does and tells."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

import srsly
from wasabi import msg

from ..conversion.converters import convert_file
from ..errors import Errors
from ..files.folders import write_text_whole

LISTED = 20  # faults that are shown; `--faults` writes all


def convert_to(
    source: Path, target: Path, task: str, *, lang: str, pipeline: str | None, faults: Path | None, **options: Any
) -> None:
    """options: Those of the tasks; None or empty: not given."""
    given = {name: value for name, value in options.items() if value is not None and value is not False and value != []}
    try:
        if "rename" in given:
            given["rename"] = _renamed(given["rename"])
        if "columns" in given:
            given["columns"] = tuple(column.strip() for column in given["columns"].split(","))
        findings = convert_file(source, target, task, lang=lang, pipeline=pipeline, given=given)
        if faults is not None:
            write_text_whole(faults, "".join(srsly.json_dumps(fault._asdict()) + "\n" for fault in findings.faults))
    except (ValueError, OSError, ImportError) as error:
        msg.fail(str(error), exits=1)
    for fault in findings.faults[:LISTED]:
        msg.warn(f"{fault.place}: {fault.reason}")
    if len(findings.faults) > LISTED:
        rest = f"{len(findings.faults) - LISTED:,} more"
        msg.warn(f"{rest} in {faults}" if faults else f"{rest}; `--faults FILE` writes all of them")
    msg.table([(name, f"{n:,}") for name, n in findings.counts.items()], aligns=("l", "r"))
    msg.good(str(target))


def _renamed(pairs: Sequence[str]) -> dict[str, str]:
    wrong = next((pair for pair in pairs if pair.count("=") != 1), None)
    if wrong is not None:
        raise ValueError(Errors.B010.format(found=wrong, setting="--rename", allowed="OLD=NEW"))
    return {old.strip(): new.strip() for old, new in (pair.split("=") for pair in pairs)}
