"""The files of an int8 encoder, held as bytes: they copy, pickle and fork with the encoder, and no file stays open."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ...files.saved_files import SavedFiles


@dataclass(frozen=True)
class Int8Files:
    """A graph with int8 weights.

    made_from: Checksum of the weights that they were made of.
    inputs, outputs: Names of what the graph takes and gives, in its order, see `traced.py`.
    made_with: Versions of the libraries.
    files: By their names.
    """

    made_from: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]
    made_with: dict[str, str]
    files: dict[str, bytes]

    def write(self, folder: Path, record: str) -> None:
        """record (str): Name of the file that tells what is not in the others."""
        for name, content in self.files.items():
            (folder / name).write_bytes(content)
        table = {
            "weights": self.made_from,
            "inputs": self.inputs,
            "outputs": self.outputs,
            "made_with": self.made_with,
        }
        (folder / record).write_text(json.dumps(table, indent=2), encoding="utf8")


def read_int8_files(files: SavedFiles, record: str, names: Sequence[str]) -> Int8Files | None:
    """What `write` wrote; None if there is nothing.

    RAISES (ValueError): A file is missing, damaged or changed.
    """
    if not files.has(record):
        return None
    table = files.read_json(record)
    inputs, outputs = (_names(table.get(key)) for key in ("inputs", "outputs"))
    made_from, made_with = table.get("weights"), table.get("made_with")
    if not inputs or not outputs or not isinstance(made_from, str) or not isinstance(made_with, dict):
        raise files.error(f"the file {record} is damaged")
    # Git may change how lines of a text end: it has another size then.
    found = {name: files.read(name) if name.endswith(".xml") else files.read_large(name) for name in names}
    return Int8Files(made_from, inputs, outputs, made_with=made_with, files=found)


def _names(value: Any) -> tuple[str, ...]:
    is_list = isinstance(value, list) and all(isinstance(name, str) for name in value)
    return tuple(value) if is_list else ()
