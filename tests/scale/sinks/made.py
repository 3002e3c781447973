"""Outputs of rows, made of two chunks."""

from pathlib import Path
from typing import Any

from spacy_bert_ext.scale.parts import Entry, Parts
from spacy_bert_ext.scale.sinks.sink import Sink


def written(sink: Sink, folder: Path, *chunks: list[dict[str, Any]]) -> Path:
    parts = Parts(folder / "parts")
    for rows in chunks:
        parts.append(sink.encode(rows), Entry(0, len(rows), "", 0, {}))
    sink.finish(parts, folder / "output")
    return folder / "output"
