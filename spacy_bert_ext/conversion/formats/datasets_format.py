"""Data sets of Hugging Face's library datasets, by folder or by name; and JSON lines of `tokens` with tags."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from ...errors import Errors
from ..findings import Findings
from ..json_values import read_values
from ..records import Record
from ..sources import row_of
from .conll_tags import Survey
from .heads import json_head
from .options import Format, ReadOptions
from .rows import TAGS, TOKENS, Row, RowReader, names_in

_OF_ONE, _OF_SEVERAL = "state.json", "dataset_dict.json"  # files that `save_to_disk` writes


def recognises(path: Path, head: bytes) -> bool:
    if path.is_dir():
        return (path / _OF_ONE).is_file() or (path / _OF_SEVERAL).is_file()
    found = json_head(head)
    return found is not None and not TOKENS.isdisjoint(found.keys) and not TAGS.isdisjoint(found.keys)


def read(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    """Records of rows with a text, or with tokens and tags.

    RAISES (ValueError): There is no such data set or part, or no column with a text or with tokens.
    RAISES (ImportError): The library is not installed.
    """
    if path.is_file():
        yield from _of_lines(path, options, findings)
        return
    data = _part(path, _loaded(path), options)
    names = {column: names_in(feature) for column, feature in data.features.items()}
    reader = RowReader(str(path), list(data.column_names), options, names=names)
    rows = (Row(f"{path}, row {i}", values) for i, values in enumerate(data, 1))
    survey = Survey()
    if reader.tags is not None:
        for i, tags in enumerate(data[reader.tags], 1):
            survey.add(f"{path}, row {i}", reader.tag_names(tags))
    yield from _records(reader, rows, survey, options=options, findings=findings)


def _of_lines(path: Path, options: ReadOptions, findings: Findings) -> Iterator[Record]:
    first = next(map(row_of, read_values(path, options.encoding)), None)
    if first is None:
        return
    reader = RowReader(first.place, list(first.values), options, names={})
    survey = Survey()
    for place, values in map(row_of, read_values(path, options.encoding)):
        if reader.tags is not None:
            survey.add(place, reader.tag_names(values.get(reader.tags)))
    rows = (Row(place, values) for place, values in map(row_of, read_values(path, options.encoding)))
    yield from _records(reader, rows, survey, options=options, findings=findings)


def _records(
    reader: RowReader, rows: Iterator[Row], survey: Survey, *, options: ReadOptions, findings: Findings
) -> Iterator[Record]:
    scheme = survey.scheme(options.scheme, findings) if reader.tags is not None else ""
    for row in rows:
        yield reader.record(row, scheme, findings)


def _loaded(path: Path) -> Any:
    try:
        import datasets
    except ImportError as error:
        raise ImportError(Errors.B512.format(path=path, reason=error)) from error
    try:
        if path.is_dir():
            return datasets.load_from_disk(str(path))
        return datasets.load_dataset(path.as_posix())
    except (ValueError, OSError, RuntimeError, datasets.exceptions.DatasetsError) as error:
        reason = " ".join(str(error).split())
        raise ValueError(Errors.B513.format(path=path, reason=reason)) from error


def _part(path: Path, found: Any, options: ReadOptions) -> Any:
    """The data set itself, or the part that is wanted."""
    if not isinstance(found, Mapping):
        return found
    parts: Sequence[str] = list(found)
    if options.part is None and len(parts) == 1:
        return found[parts[0]]
    if options.part not in parts:
        wanted = "none is named" if options.part is None else f"there is no part {options.part!r}"
        reason = f"{wanted}; it has {', '.join(parts)}. Name one with `--part`"
        raise ValueError(Errors.B513.format(path=path, reason=reason))
    return found[options.part]


FORMAT = Format("datasets", recognises, read)
